"""Orders beside the limit for approval that held when they were submitted, whatever it is today."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from foodorder.accounts.budgets import set_approval
from foodorder.accounts.models import Unapproved
from foodorder.audit.flags.facts_limits import limited_orders
from foodorder.audit.flags.scope import Scope
from foodorder.trail.actor import COMMAND
from tests.deliveries import close_week
from tests.factories import NOW, WEEK, World
from tests.kept import once

LATER = datetime(2026, 12, 20, 9, tzinfo=UTC)


@once
def closed(world: World, clock_at: Callable[[datetime], None]) -> Any:
    return close_week(world, clock_at)


def limits(closed: Any, session: Session) -> dict[int, int]:
    session.flush()
    found = limited_orders(Scope.of(closed.municipality.id, WEEK))
    return {one.institution.id: one.limit_cents for one in found}


def test_the_limit_is_that_of_the_submission(closed: Any, session: Session) -> None:
    kitchen, school = closed.kitchen, closed.school
    assert limits(closed, session) == {}
    kitchen.approval_limit_cents = school.approval_limit_cents = 50_000
    # Changed before the orders, and twice after them: only what stood then counts.
    set_approval(school, 40_000, Unapproved.COUNT, actor=COMMAND, now=NOW - timedelta(days=3))
    assert limits(closed, session) == {kitchen.id: 50_000, school.id: 40_000}
    for cents, days in ((80_000, 0), (90_000, 1)):
        set_approval(school, cents, Unapproved.COUNT, actor=COMMAND, now=LATER + timedelta(days=days))
    set_approval(kitchen, None, Unapproved.COUNT, actor=COMMAND, now=LATER)
    assert limits(closed, session) == {kitchen.id: 50_000, school.id: 40_000}


def test_a_limit_that_came_later_held_for_no_order_before_it(closed: Any, session: Session) -> None:
    set_approval(closed.kitchen, 30_000, Unapproved.COUNT, actor=COMMAND, now=LATER)
    assert limits(closed, session) == {}
