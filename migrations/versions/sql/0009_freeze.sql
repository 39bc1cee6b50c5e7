-- What is written once stays as it was written.
DO $$
DECLARE frozen text;
BEGIN
    FOREACH frozen IN ARRAY ARRAY['shortfall', 'acceptance_line', 'acceptance_photo']
    LOOP
        EXECUTE format('CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON %I
                        FOR EACH ROW EXECUTE FUNCTION foodorder_refuse()', frozen);
        EXECUTE format('CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse()', frozen);
    END LOOP;
END $$;

-- A note that left the farm may only be received or cancelled.
CREATE FUNCTION foodorder_delivery_note_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.left_at IS NULL AND OLD.received_at IS NULL AND TG_OP = 'UPDATE' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE'
       OR (to_jsonb(OLD) - 'state' - 'received_at' - 'cancelled_at')
          <> (to_jsonb(NEW) - 'state' - 'received_at' - 'cancelled_at') THEN
        RAISE EXCEPTION 'delivery_note rows are frozen: % refused', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON delivery_note
    FOR EACH ROW EXECUTE FUNCTION foodorder_delivery_note_guard();

-- What travels is settled when the van leaves; later a line only learns which acceptance of it is in force.
CREATE FUNCTION foodorder_delivery_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE note_state text;
BEGIN
    SELECT state INTO note_state FROM delivery_note WHERE id = OLD.note_id;
    IF note_state = 'draft' OR (note_state = 'prepared' AND TG_OP = 'UPDATE' AND OLD.note_id = NEW.note_id) THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - 'acceptance_id') <> (to_jsonb(NEW) - 'acceptance_id') THEN
        RAISE EXCEPTION 'delivery_line rows are frozen: % refused', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON delivery_line
    FOR EACH ROW EXECUTE FUNCTION foodorder_delivery_line_guard();

GRANT SELECT, INSERT, UPDATE ON delivery_counter, delivery_note TO foodorder_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_line TO foodorder_app;
GRANT SELECT, INSERT ON shortfall, acceptance_line, acceptance_photo TO foodorder_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO foodorder_app;
