"""From ordered to paid: the steps are those of the raw rows; the parts of a difference add up to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from foodorder.audit import differences
from foodorder.audit.selection import Selection
from foodorder.audit.waterfall import (
    PARTS,
    Part,
    Step,
    Steps,
    by_institution,
    by_month,
    parts,
    steps,
    without_cell,
)
from foodorder.billing.credit import issue_credit_note
from foodorder.db import db
from foodorder.rules.money import line_net
from tests.factories import World
from tests.invoices import TUESDAY_MORNING
from tests.kept import once
from tests.paid import WHO, paid_week

TODAY = TUESDAY_MORNING.date()


@once
def week(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """A week that went on to the money."""
    return paid_week(world, clock_at)


def whole(week: Any) -> Selection:
    return Selection(week.municipality.id, date(2026, 11, 1), date(2026, 12, 31))


def why(week: Any, today: date = TODAY, **narrower: Any) -> dict[Part, int]:
    selection = replace(whole(week), **narrower)
    told = parts(selection, steps(selection), today)
    return {part: cents for part, cents in told.items() if cents}


def test_the_steps_of_a_week(week: Any) -> None:
    # 10 + 4 kg carrots, 3 kg cheese, 5 kg bread for the kitchen, 7 kg carrots for the school.
    ordered = 14 * 200 + 3 * 900 + 5 * week.bread.versions[0].price_cents + 7 * 200
    delivered = 10 * 200 + 3 * 900 + 7 * 200
    accepted = delivered - 100
    paid = 1_900 + 2_700 + line_net(200, 7_000) * 499 // week.half.gross_cents
    assert steps(whole(week)) == Steps(ordered, ordered, delivered, accepted, accepted, paid)


def test_the_parts_say_why(week: Any) -> None:
    bread = 5 * week.bread.versions[0].price_cents
    open_cents = 1_400 - 1_400 * 499 // week.half.gross_cents
    assert why(week) == {
        Part.TO_COME: -4 * 200 - bread, Part.REFUSED: -100, Part.NOT_DUE: -open_cents,
    }  # fmt: skip
    overdue = week.half.due_date + timedelta(days=1)
    assert why(week, overdue)[Part.OVERDUE] == -open_cents


def test_a_credit_note_is_taken_off_what_is_invoiced(week: Any) -> None:
    before = steps(whole(week))
    issue_credit_note(week.half.id, {week.half.lines[0].id: 1_000}, "Napaka.", **WHO)
    after = steps(whole(week))
    assert (after.invoiced, after.accepted) == (before.invoiced - 200, before.accepted)
    assert why(week)[Part.CREDITED] == -200
    assert Part.NOT_INVOICED not in why(week)
    assert differences.lines(whole(week), Part.NOT_INVOICED) == []


@pytest.mark.parametrize("narrower", [{}, {"kitchen": True}, {"cpv": "03"}, {"certificate": "organic"}])
def test_parts_add_up_to_the_differences(week: Any, narrower: dict[str, Any]) -> None:
    if narrower.pop("kitchen", None):
        narrower = {"institution_id": week.kitchen.id}
    selection = replace(whole(week), **narrower)
    found = steps(selection)
    told = parts(selection, found, TODAY)
    for step, of in PARTS.items():
        assert sum(told[part] for part in of) == found.change(step)


def test_months_and_institutions_add_up_to_the_steps(week: Any) -> None:
    selection = whole(week)
    months, kitchens = by_month(selection), by_institution(selection)
    assert [month for month, _ in months] == [date(2026, 11, 1), date(2026, 12, 1)]
    assert {number for number, _, _ in kitchens} == {week.kitchen.id, week.school.id}
    for step in Step:
        assert sum(one.of(step) for _, one in months) == steps(selection).of(step)
        assert sum(one.of(step) for _, _, one in kitchens) == steps(selection).of(step)


def test_every_part_lists_the_lines_it_is_made_of(week: Any) -> None:
    told = why(week)
    for part in differences.LISTED:
        found = differences.lines(whole(week), part)
        assert sum(line.cents for line in found) == told.get(part, 0), part
        assert all(line.why for line in found)
    [refused] = differences.lines(whole(week), Part.REFUSED)
    assert (refused.before, refused.after, refused.note_id) == (10_000, 9_500, week.note.id)
    assert differences.lines(whole(week), Part.REFUSED, offset=1) == []
    assert differences.lines(replace(whole(week), producer_id=week.baker.id), Part.REFUSED) == []


def test_another_municipality_has_none_of_it(week: Any) -> None:
    elsewhere = Selection(week.add_municipality().id, date(2026, 11, 1), date(2026, 12, 31))
    assert steps(elsewhere) == Steps()
    assert not any(parts(elsewhere, Steps(), TODAY).values())
    assert not any(differences.lines(elsewhere, part) for part in differences.LISTED)


def test_what_is_invoiced_beside_the_goods_is_told_apart(week: Any) -> None:
    assert without_cell(whole(week)).lines == 0
    line = week.invoice.lines[0]
    charge = line.__class__(
        invoice_id=week.invoice.id, position=99, name="Prevoz", unit="C62", quantity=1_000,
        price_micros=5_000_000, net_cents=500, vat_treatment="vat", vat_bp=2200,
    )  # fmt: skip
    db.session.add(charge)
    db.session.flush()
    before = steps(whole(week))
    found = without_cell(whole(week))
    assert (found.lines, found.net_cents, found.rows[0].name) == (1, 500, "Prevoz")
    assert steps(whole(week)).invoiced == before.invoiced
    assert without_cell(replace(whole(week), producer_id=week.baker.id)).lines == 0
    assert without_cell(replace(whole(week), cpv="03")).lines == 0
