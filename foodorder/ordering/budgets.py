"""What a kitchen's orders take of its budgets, by funding source: counted from orders alone.

By what was ordered: what a close or a change took away later is not known here, so that this errs on the
side of asking a second person. What was recorded is in procurement/budgets.py.
"""

from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy import text

from foodorder.accounts.budgets import Period, budgets_of
from foodorder.accounts.models import Institution
from foodorder.db import db
from foodorder.rules.agreements import Funding
from foodorder.rules.approval import Use

# An order that waited in vain, and was dropped at its deadline, took nothing.
_ORDERED = text("""
SELECT l.funding, CAST(extract(year FROM l.delivery_date) AS integer) AS year, c.week = :week AS this_week,
       w.id = :order AS mine, sum(l.net_cents)::bigint AS net
  FROM weekly_order w
  JOIN institution i ON i.id = w.institution_id
  JOIN cycle c ON c.id = w.cycle_id AND c.state <> 'cancelled' AND c.week BETWEEN :first AND :last
  JOIN order_line l ON l.submission_id = w.current_submission_id
  LEFT JOIN order_approval a ON a.submission_id = w.current_submission_id AND a.state = 'waiting'
 WHERE w.institution_id = :institution
   AND (a.submission_id IS NULL OR i.unapproved = 'count' OR c.state = 'open')
 GROUP BY 1, 2, 3, 4
""")


def uses(institution: Institution, order_id: int, week: date) -> list[Use]:
    """What the submitted order takes of every budget that it takes from: of its week, and of each year.

    A line counts in the year of its delivery, in the week of its cycle.
    """
    first, last = date(week.year, 1, 1) - timedelta(days=6), date((week + timedelta(days=6)).year, 12, 31)
    rows = db.session.execute(
        _ORDERED,
        {"institution": institution.id, "order": order_id, "week": week, "first": first, "last": last},
    )
    weeks: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    years: defaultdict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        years[row.funding, row.year][row.mine] += row.net
        if row.this_week:
            weeks[row.funding][row.mine] += row.net
    budgets = {year: budgets_of(institution, year) for year in {year for _, year in years} | {week.year}}
    found = []
    for code, (before, order) in sorted(weeks.items()):
        budget = budgets[week.year].of(Funding(code), Period.WEEK)
        if budget is not None:
            found.append(Use(Funding(code), budget, before, order))
    for (code, year), (before, order) in sorted(years.items()):
        budget = budgets[year].of(Funding(code), Period.YEAR)
        if budget is not None and order:
            found.append(Use(Funding(code), budget, before, order, year))
    return found
