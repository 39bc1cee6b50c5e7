-- Facts that cells rest on: a change of one counts the cells concerned anew, in the same transaction.

-- Let whoever records purchases from a supplier wait, and wait for them.
CREATE FUNCTION foodorder_hold_supplier(supplier integer) RETURNS void LANGUAGE sql VOLATILE AS $$
    SELECT foodorder_spend_hold(array_agg(municipality_id)) FROM (
        SELECT municipality_id FROM admission WHERE producer_id = supplier
        UNION SELECT i.municipality_id FROM spend_pair s JOIN institution i ON i.id = s.institution_id
               WHERE s.producer_id = supplier) t
$$;

CREATE FUNCTION foodorder_recount_supplier(supplier integer, food integer, first date, last date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE buyers integer[];
BEGIN
    SELECT array_agg(DISTINCT institution_id) INTO buyers FROM spend_cell
     WHERE producer_id = supplier AND (food IS NULL OR food_type_id = food) AND month BETWEEN first AND last;
    IF buyers IS NOT NULL THEN
        PERFORM foodorder_spend_recount(buyers, ARRAY[supplier], first, last);
    END IF;
END $$;

-- What products are proven to be, after a change of certificates.
CREATE FUNCTION foodorder_proofs_changed(products integer[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE one record;
        days datemultirange;
BEGIN
    FOR one IN
        SELECT p.id, p.producer_id, p.food_type_id, EXISTS (SELECT FROM offer o WHERE o.product_id = p.id) AS sold
          FROM product p WHERE p.id = ANY(products) ORDER BY p.producer_id, p.id
    LOOP
        IF one.sold THEN
            PERFORM foodorder_hold_supplier(one.producer_id);
        END IF;
        SELECT (coalesce(o.organic, '{}') + coalesce(n.organic, '{}')) - (coalesce(o.organic, '{}') * coalesce(n.organic, '{}'))
               + ((coalesce(o.quality, '{}') + coalesce(n.quality, '{}')) - (coalesce(o.quality, '{}') * coalesce(n.quality, '{}')))
          INTO days
          FROM (VALUES (1)) x LEFT JOIN product_proof o ON o.product_id = one.id
          LEFT JOIN product_proof_raw n ON n.product_id = one.id;
        CONTINUE WHEN isempty(days);
        DELETE FROM product_proof WHERE product_id = one.id;
        INSERT INTO product_proof SELECT * FROM product_proof_raw WHERE product_id = one.id;
        IF one.sold THEN
            PERFORM foodorder_recount_supplier(
                one.producer_id, one.food_type_id, foodorder_month(lower(days)),
                (foodorder_month(upper(days)) + interval '1 month')::date - 1);
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION foodorder_certificate_linked() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM foodorder_proofs_changed(array_agg(DISTINCT product_id)) FROM changed;
    RETURN NULL;
END $$;
CREATE TRIGGER spend_new AFTER INSERT ON product_certificate REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_certificate_linked();
CREATE TRIGGER spend_gone AFTER DELETE ON product_certificate REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_certificate_linked();

CREATE FUNCTION foodorder_certificate_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM foodorder_proofs_changed(array_agg(product_id)) FROM product_certificate WHERE certificate_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER spend AFTER UPDATE ON certificate FOR EACH ROW
    WHEN ((OLD.scheme, OLD.valid_from, OLD.valid_to) IS DISTINCT FROM (NEW.scheme, NEW.valid_from, NEW.valid_to))
    EXECUTE FUNCTION foodorder_certificate_changed();

CREATE FUNCTION foodorder_farm_moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM foodorder_hold_supplier(NEW.producer_id);
    PERFORM foodorder_recount_supplier(NEW.producer_id, NULL, '-infinity', 'infinity');
    RETURN NULL;
END $$;
CREATE TRIGGER spend AFTER UPDATE ON farm FOR EACH ROW
    WHEN ((OLD.latitude, OLD.longitude) IS DISTINCT FROM (NEW.latitude, NEW.longitude))
    EXECUTE FUNCTION foodorder_farm_moved();

CREATE FUNCTION foodorder_door_moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM foodorder_spend_recount(ARRAY[NEW.institution_id], NULL, '-infinity', 'infinity');
    RETURN NULL;
END $$;
CREATE TRIGGER spend AFTER UPDATE ON delivery_point FOR EACH ROW
    WHEN ((OLD.latitude, OLD.longitude) IS DISTINCT FROM (NEW.latitude, NEW.longitude))
    EXECUTE FUNCTION foodorder_door_moved();

CREATE FUNCTION foodorder_product_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE town integer;
BEGIN
    PERFORM foodorder_hold_supplier(NEW.producer_id);
    PERFORM foodorder_recount_supplier(NEW.producer_id, NULL, '-infinity', 'infinity');
    FOR town IN SELECT municipality_id FROM admission WHERE producer_id = NEW.producer_id ORDER BY 1 LOOP
        PERFORM foodorder_prices_recount(town);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER spend AFTER UPDATE ON product FOR EACH ROW
    WHEN (OLD.food_type_id IS DISTINCT FROM NEW.food_type_id) EXECUTE FUNCTION foodorder_product_changed();

-- Cells are written by triggers; who asks for a count gets what raw rows say.
REVOKE EXECUTE ON FUNCTION foodorder_spend_add, foodorder_spend_lines, foodorder_spend_records, foodorder_spend_cycles
    FROM PUBLIC;
