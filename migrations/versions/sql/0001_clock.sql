-- The clock that decides deadlines: real time plus an offset that only the owner can write.
CREATE TABLE clock_offset (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    ahead interval NOT NULL DEFAULT '0'
);
INSERT INTO clock_offset DEFAULT VALUES;

CREATE FUNCTION foodorder_clock() RETURNS timestamptz
LANGUAGE sql VOLATILE PARALLEL RESTRICTED
AS 'SELECT clock_timestamp() + ahead FROM clock_offset';
