-- Two tables that point at each other: the second arrow of each pair can be drawn only now.
ALTER TABLE weekly_order ADD CONSTRAINT fk_weekly_order_current_submission_id
    FOREIGN KEY (current_submission_id) REFERENCES order_submission (id);
ALTER TABLE procurement_record ADD CONSTRAINT fk_procurement_record_change_id
    FOREIGN KEY (change_id) REFERENCES record_change (id);
