"""The rulebook: every rule of the market as plain functions and plain tables.

Nothing in this folder reads a clock, a database, a file or a request: what a rule needs to know is an
argument, `now` included. The same input gives the same answer today, next year and in an audit.

Where to find what:

- `errors`, `facts`   how a rule says no, and the values that it names
- `money`             cents, line values, VAT of a sum
- `vat`               which rate on which day, and what a buyer really pays
- `quantity`          thousandths of a unit, steps, packs, grams; reading what people type
- `cycle`             the states of an ordering week, its deadline, its reminders
- `calendar`          weekly schedules, school holidays, both clock changes of the year
- `products`, `offers`   what a producer may publish
- `ordering`          what may stand in a cell of the weekly order
- `allocation`        sharing what is scarce
- `aggregation`       the close: packs, minimums, sharing; its words are in `closing`
- `delivery`, `traceability`   the delivery note, and what must travel with food of animal origin
- `acceptance`, `temperature`, `claims`   what a kitchen takes, measures and claims
- `settlement`, `invoicing`, `credits`   from accepted goods to invoices and credit notes
- `matching`, `findings`   order, acceptance and invoice side by side, and what becomes of differences
- `payments`, `references`   how money finds its invoice, and when it comes
- `season`, `geography`, `certificates`, `allergens`   facts about food and farms
- `permissions`       who may do what
- `limits`, `passwords`   guarding the log-in
- `checkdigits`       numbers that carry their own proof

Units everywhere: money in integer cents; quantity in integer thousandths of the unit ("milli"); weight in
integer grams; rates in integer basis points (950 = 9.5 %); instants as aware datetimes in UTC; dates in the
municipality's zone; weekday sets as bitmasks with bit 0 = Monday. Rounding is half away from zero.
"""
