DROP TRIGGER unsealed ON trail_event;
DROP FUNCTION foodorder_unsealed;
DROP FUNCTION foodorder_record_frozen CASCADE;
DROP FUNCTION foodorder_refuse CASCADE;
ALTER TABLE weekly_order DROP CONSTRAINT fk_weekly_order_current_submission_id;
ALTER TABLE procurement_record DROP CONSTRAINT fk_procurement_record_change_id;
