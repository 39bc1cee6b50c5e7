-- A check is asked for, taken up (again, if whoever took it up died), and finished once; then it stays as it is.
GRANT SELECT, INSERT ON trail_check TO foodorder_app;
GRANT UPDATE (started_at, finished_at, events, blocks, ok, finding) ON trail_check TO foodorder_app;

CREATE FUNCTION foodorder_check_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.finished_at IS NOT NULL
       OR (OLD.id, OLD.asked_at, OLD.asked_by_id) IS DISTINCT FROM (NEW.id, NEW.asked_at, NEW.asked_by_id) THEN
        RAISE EXCEPTION 'trail_check rows are frozen: % refused', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON trail_check
    FOR EACH ROW EXECUTE FUNCTION foodorder_check_frozen();
CREATE TRIGGER frozen_row BEFORE DELETE ON trail_check
    FOR EACH ROW EXECUTE FUNCTION foodorder_refuse();
CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON trail_check
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse();
