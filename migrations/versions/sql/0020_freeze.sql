-- Who read offers, and which lines a sample holds, stays as it was written.
DO $$
DECLARE frozen text;
BEGIN
    FOREACH frozen IN ARRAY ARRAY['offer_reading', 'sample', 'sample_line']
    LOOP
        EXECUTE format('CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON %I
                        FOR EACH ROW EXECUTE FUNCTION foodorder_refuse()', frozen);
        EXECUTE format('CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse()', frozen);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON offer_reading, sample, sample_line TO foodorder_app;
GRANT SELECT, INSERT, DELETE ON trail_concern TO foodorder_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON trail_seen, trail_seen_until, sample_check TO foodorder_app;
GRANT UPDATE (blocks_done, blocks_all) ON trail_check TO foodorder_app;
GRANT USAGE ON SEQUENCE sample_id_seq TO foodorder_app;
