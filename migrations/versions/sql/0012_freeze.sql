-- What is written once stays as it was written.
DO $$
DECLARE frozen text;
BEGIN
    FOREACH frozen IN ARRAY ARRAY[
        'invoice_line', 'invoice_vat', 'invoice_file', 'payment', 'payment_batch_line', 'bank_statement']
    LOOP
        EXECUTE format('CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON %I
                        FOR EACH ROW EXECUTE FUNCTION foodorder_refuse()', frozen);
        EXECUTE format('CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse()', frozen);
    END LOOP;
END $$;

-- An invoice moves on, is credited and paid; of an entry of a statement and of a batch only what became of it
-- changes. What they say stays as it was written.
CREATE FUNCTION foodorder_moves_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - TG_ARGV::text[]) <> (to_jsonb(NEW) - TG_ARGV::text[]) THEN
        RAISE EXCEPTION '% rows are frozen: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON invoice FOR EACH ROW EXECUTE FUNCTION
    foodorder_moves_only('state', 'approved_at', 'approved_by_id', 'paid_cents', 'credited_cents');
CREATE TRIGGER frozen BEFORE UPDATE ON bank_entry FOR EACH ROW EXECUTE FUNCTION
    foodorder_moves_only('state', 'settled_cents', 'decision', 'decided_at', 'decided_by_id');
CREATE TRIGGER frozen BEFORE UPDATE ON payment_batch FOR EACH ROW EXECUTE FUNCTION
    foodorder_moves_only('cancelled_at', 'cancelled_by_id');
DO $$
DECLARE moving text;
BEGIN
    FOREACH moving IN ARRAY ARRAY['invoice', 'bank_entry', 'payment_batch']
    LOOP
        EXECUTE format('CREATE TRIGGER frozen_row BEFORE DELETE ON %I
                        FOR EACH ROW EXECUTE FUNCTION foodorder_refuse()', moving);
        EXECUTE format('CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse()', moving);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON invoicing_term TO foodorder_app;
GRANT SELECT, INSERT, UPDATE ON
    issuing_consent, invoice_counter, invoiced_quantity, stripe_account, stripe_intent, stripe_event
    TO foodorder_app;
GRANT SELECT, INSERT ON
    invoice, invoice_line, invoice_vat, invoice_file, payment, payment_batch, payment_batch_line,
    bank_statement, bank_entry
    TO foodorder_app;
GRANT UPDATE (state, approved_at, approved_by_id, paid_cents, credited_cents) ON invoice TO foodorder_app;
GRANT UPDATE (cancelled_at, cancelled_by_id) ON payment_batch TO foodorder_app;
GRANT UPDATE (state, settled_cents, decision, decided_at, decided_by_id) ON bank_entry TO foodorder_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO foodorder_app;
