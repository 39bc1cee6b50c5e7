-- Adding to cells, and counting them anew. All of it runs with the owner's rights: the application only reads cells.
-- Locks (foodorder/db.py): a municipality's summaries (5), held alone by whoever records or counts anew, shared by
-- the rest; and one supplier's with one buyer (6). Taken in key order, before cells: nobody waits in a circle.

CREATE FUNCTION foodorder_spend_hold(municipalities integer[]) RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT pg_advisory_xact_lock(5, m) FROM (SELECT DISTINCT m FROM unnest(municipalities) m ORDER BY m) x
$$;

CREATE FUNCTION foodorder_spend_join(institutions integer[], producers integer[]) RETURNS void
    LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(5, m) FROM (
        SELECT DISTINCT municipality_id AS m FROM institution WHERE id = ANY(institutions) ORDER BY 1) x;
    PERFORM pg_advisory_xact_lock(6, pair) FROM (
        SELECT DISTINCT hashint8((i::bigint << 32) + p) AS pair FROM unnest(institutions, producers) AS t (i, p)
         ORDER BY 1) x;
END $$;

CREATE FUNCTION foodorder_is_nothing(c spend_cell) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN (c.lines, c.repriced, c.net_cents, c.grams, c.organic_grams, c.quality_grams, c.local_grams,
            c.placed_grams, c.gram_metres, c.ordered_cents, c.ordered_grams, c.delivered_cents, c.delivered_grams,
            c.accepted_cents, c.accepted_grams, c.invoiced_cents, c.paid_cents)
           = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

-- Plans are made once for all (here, and in triggers of single rows): made anew they cost more than what they do.
-- Add deltas (`sign` 1) to their cells, or take them off (-1); a cell of which nothing is left goes.
CREATE FUNCTION foodorder_spend_add(deltas spend_cell[], sign integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO spend_cell AS c
    SELECT institution_id, producer_id, food_type_id, month, basis, certificate,
           sign * sum(lines), sign * sum(repriced), sign * sum(net_cents), sign * sum(grams),
           sign * sum(organic_grams), sign * sum(quality_grams), sign * sum(local_grams),
           sign * sum(placed_grams), sign * sum(gram_metres), sign * sum(ordered_cents), sign * sum(ordered_grams),
           sign * sum(delivered_cents), sign * sum(delivered_grams), sign * sum(accepted_cents),
           sign * sum(accepted_grams), sign * sum(invoiced_cents), sign * sum(paid_cents)
      FROM unnest(deltas) GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (institution_id, producer_id, food_type_id, month, basis, certificate) DO UPDATE SET
        lines = c.lines + excluded.lines, repriced = c.repriced + excluded.repriced,
        net_cents = c.net_cents + excluded.net_cents, grams = c.grams + excluded.grams,
        organic_grams = c.organic_grams + excluded.organic_grams,
        quality_grams = c.quality_grams + excluded.quality_grams,
        local_grams = c.local_grams + excluded.local_grams,
        placed_grams = c.placed_grams + excluded.placed_grams,
        gram_metres = c.gram_metres + excluded.gram_metres,
        ordered_cents = c.ordered_cents + excluded.ordered_cents,
        ordered_grams = c.ordered_grams + excluded.ordered_grams,
        delivered_cents = c.delivered_cents + excluded.delivered_cents,
        delivered_grams = c.delivered_grams + excluded.delivered_grams,
        accepted_cents = c.accepted_cents + excluded.accepted_cents,
        accepted_grams = c.accepted_grams + excluded.accepted_grams,
        invoiced_cents = c.invoiced_cents + excluded.invoiced_cents,
        paid_cents = c.paid_cents + excluded.paid_cents;
    INSERT INTO spend_pair AS c
    SELECT institution_id, producer_id, month, 0,
           sign * sum(lines), sign * sum(repriced), sign * sum(net_cents), sign * sum(grams),
           sign * sum(organic_grams), sign * sum(quality_grams), sign * sum(local_grams),
           sign * sum(placed_grams), sign * sum(gram_metres), sign * sum(ordered_cents), sign * sum(ordered_grams),
           sign * sum(delivered_cents), sign * sum(delivered_grams), sign * sum(accepted_cents),
           sign * sum(accepted_grams), sign * sum(invoiced_cents), sign * sum(paid_cents)
      FROM unnest(deltas) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (institution_id, producer_id, month) DO UPDATE SET
        lines = c.lines + excluded.lines, repriced = c.repriced + excluded.repriced,
        net_cents = c.net_cents + excluded.net_cents, grams = c.grams + excluded.grams,
        organic_grams = c.organic_grams + excluded.organic_grams,
        quality_grams = c.quality_grams + excluded.quality_grams,
        local_grams = c.local_grams + excluded.local_grams,
        placed_grams = c.placed_grams + excluded.placed_grams,
        gram_metres = c.gram_metres + excluded.gram_metres,
        ordered_cents = c.ordered_cents + excluded.ordered_cents,
        ordered_grams = c.ordered_grams + excluded.ordered_grams,
        delivered_cents = c.delivered_cents + excluded.delivered_cents,
        delivered_grams = c.delivered_grams + excluded.delivered_grams,
        accepted_cents = c.accepted_cents + excluded.accepted_cents,
        accepted_grams = c.accepted_grams + excluded.accepted_grams,
        invoiced_cents = c.invoiced_cents + excluded.invoiced_cents,
        paid_cents = c.paid_cents + excluded.paid_cents;
    IF sign < 0 THEN
        DELETE FROM spend_cell c USING unnest(deltas) d
         WHERE (c.institution_id, c.producer_id, c.food_type_id, c.month, c.basis, c.certificate)
               = (d.institution_id, d.producer_id, d.food_type_id, d.month, d.basis, d.certificate)
           AND foodorder_is_nothing(c);
    END IF;
END $$;

-- Count the cells of institutions anew: with these producers (NULL: all), of days from first to last, whole months.
CREATE FUNCTION foodorder_spend_recount(institutions integer[], producers integer[], first date, last date)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE one integer;
BEGIN
    PERFORM foodorder_spend_hold(array_agg(municipality_id)) FROM institution WHERE id = ANY(institutions);
    FOR one IN SELECT DISTINCT i FROM unnest(institutions) i ORDER BY i LOOP
        DELETE FROM spend_cell WHERE institution_id = one AND month BETWEEN first AND last
           AND (producers IS NULL OR producer_id = ANY(producers));
        DELETE FROM spend_pair WHERE institution_id = one AND month BETWEEN first AND last
           AND (producers IS NULL OR producer_id = ANY(producers));
        PERFORM foodorder_spend_add(array_agg(c), 1) FROM foodorder_spend_raw(one, producers, first, last) c;
        UPDATE spend_pair p SET records = c.records FROM foodorder_records_raw(one, producers, first, last) c
         WHERE (p.institution_id, p.producer_id, p.month) = (c.institution_id, c.producer_id, c.month);
    END LOOP;
END $$;

-- Count a municipality's prices and offers anew.
CREATE FUNCTION foodorder_prices_recount(municipality integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM foodorder_spend_hold(ARRAY[municipality]);
    DELETE FROM price_cell WHERE municipality_id = municipality;
    INSERT INTO price_cell SELECT * FROM foodorder_prices_raw(municipality);
    DELETE FROM offer_cell WHERE municipality_id = municipality;
    INSERT INTO offer_cell SELECT * FROM foodorder_offers_raw(municipality, NULL);
END $$;

-- Which products are proven what, where it is not what certificates say.
CREATE FUNCTION foodorder_proofs_recount() RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM product_proof p WHERE NOT EXISTS (SELECT FROM product_proof_raw r WHERE r.product_id = p.product_id);
    INSERT INTO product_proof AS p SELECT * FROM product_proof_raw
    ON CONFLICT (product_id) DO UPDATE SET organic = excluded.organic, quality = excluded.quality
        WHERE (p.organic, p.quality) <> (excluded.organic, excluded.quality);
$$;
