-- Lines of invoices and credit notes. What a credit note takes off a line changes what of that line is paid.
CREATE FUNCTION foodorder_invoice_line_written() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
-- By their numbers, which reach into the views; joined to them, the lines of all history would be read first.
DECLARE new_ids bigint[];
        credited_ids bigint[];
BEGIN
    SELECT array_agg(id), array_agg(DISTINCT credits_line_id) FILTER (WHERE credits_line_id IS NOT NULL)
      INTO new_ids, credited_ids FROM written;
    PERFORM foodorder_spend_join(array_agg(t.institution_id), array_agg(t.producer_id))
       FROM (SELECT DISTINCT v.institution_id, v.producer_id FROM written w JOIN invoice v ON v.id = w.invoice_id) t;
    PERFORM foodorder_spend_add(array_agg(v.cell), 1)
       FROM spend_invoiced v WHERE v.id = ANY(new_ids) AND v.counts AND v.placed;
    IF credited_ids IS NOT NULL THEN
        PERFORM foodorder_spend_add(array_agg(ROW(
                    (v.cell).institution_id, (v.cell).producer_id, (v.cell).food_type_id, (v.cell).month,
                    (v.cell).basis, (v.cell).certificate, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                    (v.cell).paid_cents
                    - foodorder_paid(v.net_cents, v.credited_net - t.net_cents, v.paid, v.credited, v.gross)
                )::spend_cell), 1)
           FROM spend_invoiced v
           JOIN (SELECT credits_line_id AS id, sum(net_cents)::bigint AS net_cents FROM written
                  WHERE credits_line_id IS NOT NULL GROUP BY 1) t ON t.id = v.id
          WHERE v.id = ANY(credited_ids) AND v.counts AND v.placed AND v.kind = 'invoice' AND v.paid <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER spend AFTER INSERT ON invoice_line REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_invoice_line_written();

-- An invoice that is paid, credited, given back to its issuer, or opened again.
CREATE FUNCTION foodorder_invoice_moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE moved bigint[];
BEGIN
    SELECT array_agg(n.id) INTO moved FROM after n JOIN before o ON o.id = n.id
     WHERE n.paid_cents <> o.paid_cents OR (n.credited_cents <> o.credited_cents AND n.paid_cents <> 0)
        OR (n.state = 'rejected') <> (o.state = 'rejected');
    IF moved IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM foodorder_spend_join(array_agg(t.institution_id), array_agg(t.producer_id))
       FROM (SELECT DISTINCT institution_id, producer_id FROM after WHERE id = ANY(moved)) t;
    PERFORM foodorder_spend_add(array_agg(ROW(
                (v.cell).institution_id, (v.cell).producer_id, (v.cell).food_type_id, (v.cell).month, (v.cell).basis,
                (v.cell).certificate, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                v.invoiced_cents * (v.counts::integer - (o.state <> 'rejected')::integer),
                (v.cell).paid_cents * v.counts::integer - CASE WHEN v.kind = 'invoice' AND o.state <> 'rejected' THEN
                    foodorder_paid(v.net_cents, v.credited_net, o.paid_cents, o.credited_cents, v.gross)
                ELSE 0 END)::spend_cell), 1)
       FROM spend_invoiced v JOIN before o ON o.id = v.invoice_id
      WHERE v.invoice_id = ANY(moved) AND v.placed;
    RETURN NULL;
END $$;
CREATE TRIGGER spend AFTER UPDATE ON invoice REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_invoice_moved();
