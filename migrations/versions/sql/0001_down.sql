DROP TRIGGER unsealed ON trail_event;
DROP FUNCTION foodorder_unsealed;
DROP FUNCTION foodorder_analyze_close;
DROP FUNCTION foodorder_record_frozen CASCADE;
DROP FUNCTION foodorder_refuse CASCADE;
