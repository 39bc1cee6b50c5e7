"""Figures and times as people read them, in Slovene unless a test says otherwise."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.support import Translations

from foodorder import language
from foodorder.language import formats, speaking
from foodorder.rules.errors import Amount, Money, Refusal, Temperature, Weight

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def plain(text: str) -> str:
    """With ordinary blanks, so that the expected texts can be read."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.fixture
def slovene(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A few Slovene words of our own, so that the forms are tested and not the catalogue."""
    catalog = Catalog(locale="sl")
    catalog.add(
        ("%(count)s piece", "%(count)s pieces"),
        ("%(count)s kos", "%(count)s kosa", "%(count)s kosi", "%(count)s kosov"),
    )
    catalog.add("%(count)s pieces", "%(count)s kosa", context="part of a piece")
    catalog.add("piece", "kos", context="unit")
    catalog.add(
        ("in %(count)s day", "in %(count)s days"),
        ("čez %(count)s dan", "čez %(count)s dneva", "čez %(count)s dni", "čez %(count)s dni"),
    )
    catalog.add(
        ("%(count)s day ago", "%(count)s days ago"),
        ("pred %(count)s dnevom", "pred %(count)s dnevoma", "pred %(count)s dnevi", "pred %(count)s dnevi"),
    )
    file = BytesIO()
    write_mo(file, catalog)
    file.seek(0)
    words = Translations(file)
    monkeypatch.setattr(language, "translations", lambda: words)
    with speaking("sl"):
        yield


@pytest.fixture(autouse=True)
def speak_slovene() -> Iterator[None]:
    with speaking("sl"):
        yield


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "0,00 €"),
        (5, "0,05 €"),
        (123450, "1.234,50 €"),
        (-500, "-5,00 €"),
        (123456789012, "1.234.567.890,12 €"),
        (None, "–"),
    ],
)
def test_money(cents: int | None, text: str) -> None:
    assert plain(formats.money(cents)) == text


def test_money_never_breaks_before_its_sign() -> None:
    assert " " not in formats.money(123450)


@pytest.mark.parametrize(
    ("milli", "unit", "text"),
    [
        (12500, "KGM", "12,5 kg"),
        (1, "KGM", "0,001 kg"),
        (1234500, "LTR", "1.234,5 l"),
        (2000, "", "2"),
        (None, "KGM", "–"),
    ],
)
def test_amount(milli: int | None, unit: str, text: str) -> None:
    assert plain(formats.amount(milli, unit)) == text


@pytest.mark.usefixtures("slovene")
@pytest.mark.parametrize(
    ("milli", "text"),
    [
        (0, "0 kosov"),
        (1000, "1 kos"),
        (2000, "2 kosa"),
        (3000, "3 kosi"),
        (5000, "5 kosov"),
        (101000, "101 kos"),
        (1002000, "1.002 kosa"),
        (1500, "1,5 kosa"),
    ],
)
def test_pieces_take_the_form_of_their_number(milli: int, text: str) -> None:
    assert plain(formats.amount(milli, "H87")) == text


@pytest.mark.parametrize(
    ("grams", "text"),
    [(850, "850 g"), (12500, "12,5 kg"), (99999, "99,999 kg"), (1234567, "1.234,6 kg"), (0, "0 g")],
)
def test_weight(grams: int, text: str) -> None:
    assert plain(formats.weight(grams)) == text


def test_price() -> None:
    assert plain(formats.price(164, "KGM")) == "1,64 €/kg"


@pytest.mark.usefixtures("slovene")
def test_price_of_a_piece() -> None:
    assert plain(formats.price(24, "H87")) == "0,24 €/kos"


def test_share_of_basis_points_and_of_a_whole() -> None:
    assert plain(formats.share(1420)) == "14,2 %"
    assert plain(formats.share(1500)) == "15,0 %"
    assert plain(formats.share(1425)) == "14,3 %"
    assert plain(formats.share(1, 3)) == "33,3 %"
    assert plain(formats.share(500, 500)) == "100,0 %"
    assert formats.share(0, 0) == "–"


def test_rate() -> None:
    assert plain(formats.rate(950)) == "9,5 %"
    assert plain(formats.rate(2200)) == "22 %"
    assert plain(formats.rate(0)) == "0 %"


def test_distance() -> None:
    assert plain(formats.distance(7600)) == "8 km"
    assert plain(formats.distance(300)) == "< 1 km"


def test_days() -> None:
    day = date(2026, 11, 26)
    assert plain(formats.day(day)) == "čet., 26. 11."
    assert plain(formats.day(day, year=True)) == "čet., 26. 11. 2026"
    assert formats.long_day(day) == "četrtek, 26. november 2026"
    assert plain(formats.days_between(date(2026, 11, 30), date(2026, 12, 4))) == "30. 11.–4. 12."
    assert plain(formats.days_between(date(2026, 12, 28), date(2027, 1, 1))) == "28. 12. 2026–1. 1. 2027"
    assert (
        plain(formats.days_between(date(2026, 1, 1), date(2026, 12, 31), year=True)) == "1. 1.–31. 12. 2026"
    )
    assert plain(formats.days_between(day, day, year=True)) == "26. 11. 2026"
    assert formats.weekdays(0b10101) == "pon., sre., pet."


def test_the_same_day_in_english() -> None:
    with speaking("en"):
        assert plain(formats.day(date(2026, 11, 26))) == "Thu 26 Nov"
        assert plain(formats.long_moment(datetime(2026, 11, 26, 11, 0, tzinfo=UTC))) == (
            "Thursday 26 November 2026 at 12:00"
        )
        assert plain(formats.money(123450)) == "€1,234.50"


def test_times_are_told_in_the_zone_of_the_municipality() -> None:
    winter = datetime(2026, 11, 26, 11, 0, 7, tzinfo=UTC)
    summer = datetime(2026, 7, 2, 22, 30, tzinfo=UTC)
    assert plain(formats.moment(winter)) == "čet., 26. 11. ob 12:00"
    assert plain(formats.moment(winter, seconds=True)) == "čet., 26. 11. ob 12:00:07"
    assert plain(formats.moment(summer)) == "pet., 3. 7. ob 00:30"
    with speaking("sl", "Europe/Lisbon"):
        assert plain(formats.moment(winter)) == "čet., 26. 11. ob 11:00"


def test_both_hours_of_the_autumn_change_are_told() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert formats.clock_time(first) == formats.clock_time(first + timedelta(hours=1)) == "02:30"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        formats.moment(datetime(2026, 11, 26, 12, 0))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (timedelta(days=1, hours=3), "in 1 day 3 h"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(days=9, hours=5), "in 9 days"),
        (timedelta(hours=5, minutes=20), "in 5 h 20 min"),
        (timedelta(hours=5), "in 5 h"),
        (timedelta(minutes=3, seconds=59), "in 3 min"),
        (timedelta(seconds=20), "in less than a minute"),
        (timedelta(0), "just now"),
        (-timedelta(minutes=3), "3 min ago"),
        (-timedelta(days=1, hours=3), "1 day 3 h ago"),
        (-timedelta(days=30), "30 days ago"),
    ],
)
def test_until(ahead: timedelta, text: str) -> None:
    with speaking("en"):
        assert formats.until(NOW + ahead, NOW).replace("\xa0", " ") == text


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    with speaking("en"):
        assert formats.until(NOW + timedelta(days=1, hours=3), NOW) == "in 1\xa0day 3\xa0h"


@pytest.mark.usefixtures("slovene")
def test_ahead_and_ago_bend_differently() -> None:
    assert formats.until(NOW + timedelta(days=2), NOW) == "čez 2\xa0dneva"
    assert formats.until(NOW - timedelta(days=2), NOW) == "pred 2\xa0dnevoma"


class Missing(Refusal):
    message = "Missing: %(money)s, %(amount)s, %(weight)s on %(day)s, at most %(count)s, from %(name)s."


def test_the_facts_of_a_refusal_are_written_by_their_type() -> None:
    reason = Missing(
        money=Money(123450),
        amount=Amount(12500, "KGM"),
        weight=Weight(850),
        day=date(2026, 11, 26),
        count=1200,
        name="Kmetija Pod lipo 100 %",
    )
    assert plain(formats.refusal(reason)) == (
        "Missing: 1.234,50 €, 12,5 kg, 850 g on četrtek, 26. november 2026, at most 1.200, "
        "from Kmetija Pod lipo 100 %."
    )


@pytest.mark.usefixtures("slovene")
def test_temperatures_have_a_decimal_comma_and_a_sign() -> None:
    assert [plain(formats.temperature(tenths)) for tenths in (75, 40, -184, None)] == [
        "7,5 °C", "4 °C", "-18,4 °C", "–",
    ]  # fmt: skip
    assert plain(formats.fact(Temperature(75))) == "7,5 °C"


class Days(Refusal):
    message, plural = "in %(count)s day", "in %(count)s days"


@pytest.mark.usefixtures("slovene")
def test_a_refusal_that_counts_takes_the_form_of_its_number() -> None:
    assert formats.refusal(Days(count=1)) == "čez 1 dan"
    assert formats.refusal(Days(count=2)) == "čez 2 dneva"


def test_listed() -> None:
    with speaking("en"):
        assert formats.listed([]) == ""
        assert formats.listed(["carrots"]) == "carrots"
        assert formats.listed(["carrots", "beans", "milk"]) == "carrots, beans and milk"
