-- The app role reads and writes, but of frozen tables it may only SELECT and INSERT.
GRANT USAGE ON SCHEMA public TO foodorder_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO foodorder_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO foodorder_app;
REVOKE UPDATE, DELETE ON
    trail_event, trail_block, trail_sealed, offer_version, order_submission, order_line,
    procurement_record, record_line, record_vat, difference, allocation, record_change_line
    FROM foodorder_app;
GRANT UPDATE (superseded_by_id) ON procurement_record TO foodorder_app;
REVOKE INSERT, UPDATE, DELETE ON clock_offset, alembic_version FROM foodorder_app;
-- The close works in temporary tables.
DO $$ BEGIN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO foodorder_app', current_database());
END $$;
