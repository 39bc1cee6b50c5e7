-- Cycles that are recorded count what was ordered and offered when their lines are written: later in the same
-- transaction, when everything else that it holds is held.
CREATE FUNCTION foodorder_cycle_recorded() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO summary_due (cycle_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER spend_new AFTER INSERT ON cycle FOR EACH ROW
    WHEN (NEW.recorded_at IS NOT NULL) EXECUTE FUNCTION foodorder_cycle_recorded();
CREATE TRIGGER spend AFTER UPDATE ON cycle FOR EACH ROW
    WHEN (OLD.recorded_at IS NULL AND NEW.recorded_at IS NOT NULL) EXECUTE FUNCTION foodorder_cycle_recorded();

-- Counts what they offered, and returns the cells of what was ordered in them; NULL where none is due.
CREATE FUNCTION foodorder_spend_cycles() RETURNS spend_cell[]
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE due integer[];
        towns integer[];
        ordered spend_cell[];
BEGIN
    SELECT array_agg(c.id), array_agg(c.municipality_id) INTO due, towns
      FROM summary_due s JOIN cycle c ON c.id = s.cycle_id;
    IF due IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM foodorder_spend_hold(towns);
    WITH done AS (DELETE FROM summary_due WHERE cycle_id = ANY(due) RETURNING cycle_id)
    SELECT array_agg(cycle_id) INTO due FROM done;
    INSERT INTO offer_cell AS c (municipality_id, week, food_type_id, offers, producers, ordering_institutions)
    SELECT r.municipality_id, r.week, r.food_type_id, r.offers, r.producers, r.ordering_institutions
      FROM (SELECT municipality_id AS town, array_agg(week) AS weeks FROM cycle WHERE id = ANY(due) GROUP BY 1) t
     CROSS JOIN LATERAL foodorder_offers_raw(t.town, t.weeks) r ORDER BY 1, 2, 3
    ON CONFLICT (municipality_id, week, food_type_id) DO UPDATE SET
        offers = excluded.offers, producers = excluded.producers,
        ordering_institutions = excluded.ordering_institutions;
    SELECT array_agg(v.cell) INTO ordered FROM spend_ordered v WHERE v.cycle_id = ANY(due);
    RETURN ordered;
END $$;

-- Recorded lines, read once, and what they add to their cells (with `more` cells), to prices and to their week.
CREATE FUNCTION foodorder_spend_lines(recorded spend_recorded[], more spend_cell[], sign integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM foodorder_spend_add(more || array_agg(v.cell), sign) FROM unnest(recorded) v;
    INSERT INTO price_cell AS c
    SELECT v.municipality_id, v.food_type_id, v.unit, foodorder_month(v.delivery_date), v.price_cents,
           sign * count(*), sign * sum(v.quantity), sign * sum(v.grams), sign * sum(v.net_cents)
      FROM unnest(recorded) v
     GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (municipality_id, food_type_id, unit, month, price_cents) DO UPDATE SET
        lines = c.lines + excluded.lines, quantity = c.quantity + excluded.quantity,
        grams = c.grams + excluded.grams, net_cents = c.net_cents + excluded.net_cents;
    INSERT INTO offer_cell AS c
    SELECT v.municipality_id, v.week, v.food_type_id, 0, 0, 0, sign * sum(v.net_cents)
      FROM unnest(recorded) v
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (municipality_id, week, food_type_id) DO UPDATE SET net_cents = c.net_cents + excluded.net_cents;
    IF sign < 0 THEN
        DELETE FROM price_cell c USING unnest(recorded) v
         WHERE c.lines = 0 AND (c.municipality_id, c.food_type_id, c.unit, c.month, c.price_cents)
               = (v.municipality_id, v.food_type_id, v.unit, foodorder_month(v.delivery_date), v.price_cents);
    END IF;
END $$;

-- A record counts in the month of its first day of delivery: here as many records more, or fewer.
CREATE FUNCTION foodorder_spend_records(institutions integer[], producers integer[], months date[], sign integer)
    RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
UPDATE spend_pair p SET records = p.records + sign * t.records
  FROM (SELECT i, s, m, count(*) AS records FROM unnest(institutions, producers, months) AS x (i, s, m)
         WHERE m IS NOT NULL GROUP BY 1, 2, 3) t
 WHERE (p.institution_id, p.producer_id, p.month) = (t.i, t.s, t.m)
$$;

CREATE FUNCTION foodorder_record_line_written() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE recorded spend_recorded[];
        ordered spend_cell[];
        new_ids bigint[];
BEGIN
    SELECT array_agg(id) INTO new_ids FROM written;
    PERFORM foodorder_spend_hold(array_agg(DISTINCT i.municipality_id))
       FROM (SELECT DISTINCT institution_id FROM written) w JOIN institution i ON i.id = w.institution_id;
    ordered := foodorder_spend_cycles();
    -- Planned each time: a close writes thousands of lines, a correction a few. By their numbers, which reach into
    -- the view; joined to it, the lines of all history would be read first.
    EXECUTE 'SELECT array_agg(v) FROM spend_recorded v WHERE v.id = ANY($1) AND v.in_force' INTO recorded USING new_ids;
    IF recorded IS NOT NULL OR ordered IS NOT NULL THEN
        PERFORM foodorder_spend_lines(recorded, ordered, 1);
        -- Lines of a record that come in several statements move it to an earlier month, or leave it.
        EXECUTE 'SELECT foodorder_spend_records(array_agg(i), array_agg(p), array_agg(after), 1),
                        foodorder_spend_records(array_agg(i), array_agg(p), array_agg(before), -1)
                   FROM (SELECT r.institution_id AS i, r.producer_id AS p,
                                foodorder_month(min(l.delivery_date)) AS after,
                                foodorder_month(min(l.delivery_date) FILTER (WHERE w.id IS NULL)) AS before
                           FROM (SELECT DISTINCT record_id FROM written) n
                           JOIN procurement_record r ON r.id = n.record_id AND r.superseded_by_id IS NULL
                           JOIN record_line l ON l.record_id = r.id
                           LEFT JOIN written w ON w.id = l.id
                          GROUP BY r.id) t
                  WHERE after IS DISTINCT FROM before';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER spend AFTER INSERT ON record_line REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_record_line_written();

-- A record that another version replaces counts no more.
CREATE FUNCTION foodorder_record_superseded() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE gone bigint[];
BEGIN
    SELECT array_agg(n.id) INTO gone FROM after n JOIN before o ON o.id = n.id
     WHERE o.superseded_by_id IS NULL AND n.superseded_by_id IS NOT NULL;
    IF gone IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM foodorder_spend_hold(array_agg(i.municipality_id))
       FROM procurement_record r JOIN institution i ON i.id = r.institution_id WHERE r.id = ANY(gone);
    PERFORM foodorder_spend_lines(array_agg(v), NULL, -1) FROM spend_recorded v WHERE v.record_id = ANY(gone);
    PERFORM foodorder_spend_records(array_agg(i), array_agg(p), array_agg(m), -1)
       FROM (SELECT r.institution_id AS i, r.producer_id AS p, foodorder_month(min(l.delivery_date)) AS m
               FROM procurement_record r JOIN record_line l ON l.record_id = r.id
              WHERE r.id = ANY(gone) GROUP BY r.id) t;
    RETURN NULL;
END $$;
CREATE TRIGGER spend AFTER UPDATE ON procurement_record REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_record_superseded();

-- Delivered lines count when they have gone. What a delivered line was before is told apart by its acceptance only:
-- lines that have gone are frozen but for that; further parts are written before they go.
CREATE FUNCTION foodorder_delivery_line_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE moved bigint[];
        went bigint[];
        before_ids bigint[];
        after_ids bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(w.id) INTO went FROM after w JOIN delivery_note n ON n.id = w.note_id
         WHERE n.state IN ('on_the_way', 'received') OR w.acceptance_id IS NOT NULL;
        SELECT array_agg(w.acceptance_id) INTO after_ids FROM after w WHERE w.acceptance_id IS NOT NULL;
        moved := went;
    ELSE
        SELECT array_agg(n.id), array_agg(o.acceptance_id) FILTER (WHERE o.acceptance_id IS NOT NULL),
               array_agg(n.acceptance_id) FILTER (WHERE n.acceptance_id IS NOT NULL),
               array_agg(n.id) FILTER (WHERE o.acceptance_id IS NULL AND d.state NOT IN ('on_the_way', 'received'))
          INTO moved, before_ids, after_ids, went
          FROM after n JOIN before o ON o.id = n.id JOIN delivery_note d ON d.id = n.note_id
         WHERE n.acceptance_id IS DISTINCT FROM o.acceptance_id;
    END IF;
    IF moved IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM foodorder_spend_join(array_agg(v.institution_id), array_agg(v.producer_id))
       FROM spend_delivered v WHERE v.id = ANY(moved);
    IF before_ids IS NOT NULL THEN
        PERFORM foodorder_spend_add(array_agg(v.cell), -1) FROM spend_accepted v WHERE v.id = ANY(before_ids);
    END IF;
    PERFORM foodorder_spend_add(array_agg(t.cell), 1)
       FROM (SELECT v.cell FROM spend_accepted v WHERE v.id = ANY(after_ids)
             UNION ALL SELECT v.cell FROM spend_delivered v WHERE v.id = ANY(went)) t;
    RETURN NULL;
END $$;
CREATE TRIGGER spend_new AFTER INSERT ON delivery_line REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_delivery_line_changed();
CREATE TRIGGER spend AFTER UPDATE ON delivery_line REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_delivery_line_changed();

-- A note that leaves, is received without having left, or is cancelled on its way; lines of which something was
-- accepted have gone already.
CREATE FUNCTION foodorder_delivery_note_moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE went bigint[];
        back bigint[];
BEGIN
    SELECT array_agg(n.id) FILTER (WHERE n.state IN ('on_the_way', 'received')),
           array_agg(n.id) FILTER (WHERE n.state NOT IN ('on_the_way', 'received')) INTO went, back
      FROM after n JOIN before o ON o.id = n.id
     WHERE (n.state IN ('on_the_way', 'received')) <> (o.state IN ('on_the_way', 'received'));
    IF went IS NULL AND back IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM foodorder_spend_join(array_agg(n.institution_id), array_agg(n.producer_id))
       FROM delivery_note n WHERE n.id = ANY(went || back);
    PERFORM foodorder_spend_add(array_agg(v.cell), 1)
       FROM spend_delivered v WHERE v.note_id = ANY(went) AND v.acceptance_id IS NULL;
    IF back IS NOT NULL THEN
        PERFORM foodorder_spend_add(array_agg(v.cell), -1)
           FROM spend_delivered v WHERE v.note_id = ANY(back) AND v.acceptance_id IS NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER spend AFTER UPDATE ON delivery_note REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_delivery_note_moved();
