-- A release and the number of its process stay as they were written.
DO $$
DECLARE frozen text;
BEGIN
    FOREACH frozen IN ARRAY ARRAY['ocds_process', 'ocds_release']
    LOOP
        EXECUTE format('CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON %I
                        FOR EACH ROW EXECUTE FUNCTION foodorder_refuse()', frozen);
        EXECUTE format('CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse()', frozen);
    END LOOP;
END $$;

-- Noted in the transaction that writes it, in rows that meet no others: nobody waits for anybody.
-- Arguments: what it is, and the column of its number, if that is not "id".
CREATE FUNCTION foodorder_release_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO release_due (what, object_id)
    VALUES (TG_ARGV[0], CAST(to_jsonb(NEW) ->> coalesce(TG_ARGV[1], 'id') AS bigint));
    RETURN NULL;
END $$;
CREATE FUNCTION foodorder_releases_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO release_due (what, object_id) SELECT TG_ARGV[0], id FROM fresh;
    RETURN NULL;
END $$;
CREATE FUNCTION foodorder_release_of_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO release_due (what, object_id) SELECT DISTINCT 'invoice', invoice_id FROM fresh;
    RETURN NULL;
END $$;

CREATE TRIGGER release_due AFTER INSERT ON cycle
    FOR EACH ROW EXECUTE FUNCTION foodorder_release_due('cycle');
CREATE TRIGGER release_due_again AFTER UPDATE ON cycle
    FOR EACH ROW WHEN ((OLD.state, OLD.opens_at, OLD.closes_at, OLD.days) IS DISTINCT FROM
                       (NEW.state, NEW.opens_at, NEW.closes_at, NEW.days))
    EXECUTE FUNCTION foodorder_release_due('cycle');
CREATE TRIGGER release_due AFTER INSERT ON procurement_record REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_releases_due('record');
CREATE TRIGGER release_due AFTER UPDATE ON delivery_note
    FOR EACH ROW WHEN ((OLD.left_at, OLD.received_at, OLD.cancelled_at) IS DISTINCT FROM
                       (NEW.left_at, NEW.received_at, NEW.cancelled_at))
    EXECUTE FUNCTION foodorder_release_due('note');
CREATE TRIGGER release_due AFTER INSERT ON acceptance_line REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_releases_due('acceptance');
CREATE TRIGGER release_due AFTER INSERT ON invoice_line REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_release_of_lines();
CREATE TRIGGER release_due_again AFTER UPDATE ON invoice_line REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_release_of_lines();
CREATE TRIGGER release_due AFTER INSERT ON payment REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_releases_due('payment');
CREATE TRIGGER release_due AFTER UPDATE ON agreement
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION foodorder_release_due('agreement');
CREATE TRIGGER release_due AFTER INSERT ON agreement_amendment
    FOR EACH ROW EXECUTE FUNCTION foodorder_release_due('agreement', 'agreement_id');

-- The history of an installation that began before.
INSERT INTO release_due (what, object_id) SELECT 'cycle', id FROM cycle ORDER BY id;
INSERT INTO release_due (what, object_id) SELECT 'agreement', id FROM agreement WHERE state <> 'draft' ORDER BY id;

GRANT SELECT, INSERT ON ocds_process, ocds_release TO foodorder_app;
GRANT SELECT, INSERT, DELETE ON release_due TO foodorder_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO foodorder_app;
