-- The words that summaries are made of. Each says the same as the rule that it names: a test holds them together.

-- First day of a day's month.
CREATE FUNCTION foodorder_month(day date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (day - (extract(day FROM day)::integer - 1));

-- What goods count as, by the days on which a product is proven organic, of a quality scheme: rules/certificates.py.
CREATE FUNCTION foodorder_counts_as(organic datemultirange, quality datemultirange, day date) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN day <@ organic THEN 'organic' WHEN day <@ quality THEN 'quality' ELSE 'conventional' END;

-- Air distance in metres of two places in degrees: rules/geography.py.
CREATE FUNCTION foodorder_air_metres(north float8, east float8, other_north float8, other_east float8)
    RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN round(2 * 6371009 * asin(sqrt(least(1.0::float8,
        power(sin((radians(other_north) - radians(north)) / 2), 2)
        + cos(radians(north)) * cos(radians(other_north)) * power(sin(radians(other_east - east) / 2), 2)))))::bigint;

-- What of a line's net cents (less what credit notes took off it) is paid, when so much of its invoice is: all of
-- it once nothing is open; in proportion before, and where more was paid than is left; whole cents.
CREATE FUNCTION foodorder_paid(net bigint, credited_net bigint, paid bigint, credited bigint, gross bigint)
    RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN paid = 0 THEN 0
        WHEN paid + credited > gross THEN net * paid / gross
        WHEN paid + credited = gross THEN net - credited_net
        ELSE (net - credited_net) * paid / (gross - credited) END;
