-- What is written once stays as it was written.
DO $$
DECLARE frozen text;
BEGIN
    FOREACH frozen IN ARRAY ARRAY['agreed_price', 'agreement_amendment', 'offer_choice']
    LOOP
        EXECUTE format('CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON %I
                        FOR EACH ROW EXECUTE FUNCTION foodorder_refuse()', frozen);
        EXECUTE format('CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse()', frozen);
    END LOOP;
END $$;

-- A purchase elsewhere may only be voided, once: reports of a past date are made again from what was known then.
CREATE FUNCTION foodorder_purchase_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.voided_at IS NOT NULL OR NEW.voided_at IS NULL
       OR (to_jsonb(OLD) - 'voided_at' - 'voided_by_id') <> (to_jsonb(NEW) - 'voided_at' - 'voided_by_id') THEN
        RAISE EXCEPTION 'purchase_elsewhere rows are frozen: % refused', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON purchase_elsewhere
    FOR EACH ROW EXECUTE FUNCTION foodorder_purchase_frozen();
CREATE TRIGGER frozen_row BEFORE DELETE ON purchase_elsewhere
    FOR EACH ROW EXECUTE FUNCTION foodorder_refuse();
CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON purchase_elsewhere
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse();

GRANT SELECT, INSERT, UPDATE, DELETE ON
    agreement, agreement_institution, agreement_lot, lot_food_type,
    lot_supplier, agreed_price, agreement_amendment, price_import, lot_application, application_document,
    ceiling, subject_kind, subject_kind_food, weekly_need, purchase_elsewhere, criteria, budget, interest_declaration,
    ownership_statement, cycle_lot_offer, order_option, order_reason, offer_choice, order_approval
    TO foodorder_app;
REVOKE UPDATE, DELETE ON agreed_price, agreement_amendment, offer_choice, purchase_elsewhere FROM foodorder_app;
GRANT UPDATE (voided_at, voided_by_id) ON purchase_elsewhere TO foodorder_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO foodorder_app;
