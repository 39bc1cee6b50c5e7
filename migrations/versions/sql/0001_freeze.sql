-- What is written once: any other change is refused, whoever asks.
CREATE FUNCTION foodorder_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are frozen: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

DO $$
DECLARE frozen text;
BEGIN
    FOREACH frozen IN ARRAY ARRAY[
        'trail_event', 'trail_block', 'trail_sealed', 'offer_version', 'order_submission', 'order_line',
        'record_line', 'record_vat', 'difference', 'allocation', 'record_change_line']
    LOOP
        EXECUTE format('CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON %I
                        FOR EACH ROW EXECUTE FUNCTION foodorder_refuse()', frozen);
        EXECUTE format('CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse()', frozen);
    END LOOP;
END $$;

-- A record may only learn, once, which version replaced it.
CREATE FUNCTION foodorder_record_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.superseded_by_id IS NOT NULL OR NEW.superseded_by_id IS NULL
       OR (to_jsonb(OLD) - 'superseded_by_id') <> (to_jsonb(NEW) - 'superseded_by_id') THEN
        RAISE EXCEPTION 'procurement_record rows are frozen: % refused', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON procurement_record
    FOR EACH ROW EXECUTE FUNCTION foodorder_record_frozen();
CREATE TRIGGER frozen_row BEFORE DELETE ON procurement_record
    FOR EACH ROW EXECUTE FUNCTION foodorder_refuse();
CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON procurement_record
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse();

-- Every event waits to be sealed.
CREATE FUNCTION foodorder_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO trail_unsealed (event_id) SELECT id FROM written;
    RETURN NULL;
END $$;
CREATE TRIGGER unsealed AFTER INSERT ON trail_event REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_unsealed();
