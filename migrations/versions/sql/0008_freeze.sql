-- Criteria are published and never changed: what a kitchen was told stays what it was told.
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON criteria FOR EACH ROW EXECUTE FUNCTION foodorder_refuse();
CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON criteria FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse();
REVOKE UPDATE, DELETE ON criteria FROM foodorder_app;

-- Agreed prices and documents are never changed, and go only with a draft that nobody ever bought under.
CREATE FUNCTION foodorder_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE of_draft boolean := false;
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'agreed_price' THEN
        SELECT a.state = 'draft' INTO of_draft
          FROM agreement_lot l JOIN agreement a ON a.id = l.agreement_id WHERE l.id = OLD.lot_id;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT a.state = 'draft' INTO of_draft FROM agreement a WHERE a.id = OLD.agreement_id;
    END IF;
    IF of_draft THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% rows are frozen: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER frozen ON agreed_price;
DROP TRIGGER frozen_whole ON agreed_price;
DO $$
DECLARE kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['agreed_price', 'agreement_document']
    LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON %I
                        FOR EACH ROW EXECUTE FUNCTION foodorder_kept()', kept);
        EXECUTE format('CREATE TRIGGER kept_whole BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse()', kept);
    END LOOP;
END $$;

-- Which kind a food was of may only come to an end, once.
CREATE FUNCTION foodorder_kind_past() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.until IS NOT NULL OR NEW.until IS NULL
       OR (to_jsonb(OLD) - 'until') <> (to_jsonb(NEW) - 'until') THEN
        RAISE EXCEPTION 'subject_kind_past rows are frozen: % refused', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON subject_kind_past FOR EACH ROW EXECUTE FUNCTION foodorder_kind_past();
CREATE TRIGGER frozen_row BEFORE DELETE ON subject_kind_past FOR EACH ROW EXECUTE FUNCTION foodorder_refuse();
CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON subject_kind_past
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse();

GRANT SELECT, INSERT, DELETE ON agreed_price, agreement_document TO foodorder_app;
GRANT SELECT, INSERT ON subject_kind_past TO foodorder_app;
GRANT UPDATE (until) ON subject_kind_past TO foodorder_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO foodorder_app;
