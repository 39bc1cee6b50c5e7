"""The words of SQL that summaries are made of say what the rulebook says."""

import random
from datetime import date, timedelta

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from foodorder.accounts.models import Certificate
from foodorder.rules.certificates import SCHEMES, Held, counts_as
from foodorder.rules.geography import air_metres
from tests.factories import WEEK, World


def test_distances_are_the_same_to_the_metre(session: Session) -> None:
    chance = random.Random(5)
    places = [
        (
            chance.uniform(45.4, 46.9),
            chance.uniform(13.3, 16.6),
            chance.uniform(45.4, 46.9),
            chance.uniform(13.3, 16.6),
        )
        for _ in range(500)
    ] + [(46.24, 14.36, 46.24, 14.36), (0.0, 0.0, 0.0, 180.0), (-33.9, 151.2, 46.05, 14.5)]
    north, east, there, thence = map(list, zip(*places, strict=True))
    found = session.scalars(
        text(
            "SELECT foodorder_air_metres(a, b, c, d) FROM unnest(CAST(:a AS float8[]), CAST(:b AS float8[]),"
            " CAST(:c AS float8[]), CAST(:d AS float8[])) WITH ORDINALITY"
            " t (a, b, c, d, place) ORDER BY place"
        ),
        {"a": north, "b": east, "c": there, "d": thence},
    )
    assert list(found) == [air_metres(*place) for place in places]


def test_every_scheme_counts_as_the_rule_says_on_every_day(world: World, session: Session) -> None:
    first, last = WEEK, WEEK + timedelta(days=2)
    offer = world.offer()
    for schemes in [*([code] for code in SCHEMES), ["organic", "pgi"], ["pgi", "pdo"], ["mountain", "tsg"]]:
        held = [Held(code, first, last) for code in schemes]
        offer.product.certificates = [
            Certificate(
                producer_id=offer.producer_id, scheme=one.scheme, number="1", body="KON",
                valid_from=one.valid_from, valid_to=one.valid_to,
            )
            for one in held
        ]  # fmt: skip
        session.flush()
        for day in (first - timedelta(days=1), first, last, last + timedelta(days=1)):
            share = counts_as(held, day)
            assert proof(session, offer.product_id, day) == (share.value if share else "conventional")


def proof(session: Session, product: int, day: date) -> str | None:
    return session.scalar(
        text(
            "SELECT foodorder_counts_as(f.organic, f.quality, :day) FROM (VALUES (1)) x"
            " LEFT JOIN product_proof f ON f.product_id = :product"
        ),
        {"day": day, "product": product},
    )


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 12, 31), date(2028, 2, 29)])
def test_a_month_is_its_first_day(session: Session, day: date) -> None:
    assert session.scalar(select(func.foodorder_month(day))) == day.replace(day=1)


@pytest.mark.parametrize(
    "attempt",
    [
        "INSERT INTO spend_cell SELECT * FROM spend_cell",
        "UPDATE spend_pair SET net_cents = 0",
        "DELETE FROM price_cell",
        "UPDATE offer_cell SET producers = 2",
        "DELETE FROM product_proof",
        "DELETE FROM summary_due",
        "SELECT foodorder_spend_add(ARRAY[]::spend_cell[], 1)",
        "SELECT foodorder_spend_lines(NULL, NULL, 1)",
    ],
)
def test_the_application_cannot_write_summaries(session: Session, attempt: str) -> None:
    with pytest.raises(ProgrammingError) as refused, session.begin_nested():
        session.execute(text(attempt))
    assert isinstance(refused.value.orig, InsufficientPrivilege)
