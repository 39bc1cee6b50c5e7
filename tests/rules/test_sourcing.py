"""The lawful basis of an order, each case beside its source (ZJN-3 and what the ministry said of it)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.agreements import AwardMode, Basis, LotKind
from foodorder.rules.calendar import EVERY_DAY
from foodorder.rules.errors import Money, Refusal, Weight
from foodorder.rules.sourcing import (
    UNCLASSIFIED,
    AboveCeiling,
    AboveCeilingWeight,
    AboveThreshold,
    AnotherComesFirst,
    Asked,
    Better,
    Candidate,
    CeilingReached,
    Choice,
    Need,
    NoLawfulBasis,
    NotCoveredThatDay,
    NotEntitledThatDay,
    OutsideTheTerm,
    Room,
    ThresholdReached,
    above_the_limits,
    check_day,
    choose,
    choose_on,
)

AWARDED, EXEMPTED = LotKind.AWARDED, LotKind.EXEMPTED
#: ZJN-3, art. 21 (ZJN-3B): the act applies from 40,000 EUR, excl. VAT.
THRESHOLD = 4_000_000
MONDAY = date(2026, 11, 30)


def lot(kind=AWARDED, *rooms, number=1, days=EVERY_DAY, term=EVERY_DAY, entitled=EVERY_DAY, better=(),
        mode=AwardMode.RANKED, price=None):  # fmt: skip
    return Candidate(
        number, str(number), kind, mode, days, term, entitled, price, None, rooms, tuple(better)
    )  # fmt: skip


def room(cents=None, grams=None, ceiling=1):
    return Room(ceiling, cents, grams)


def need(cents, kind=1):
    return Need(kind, "Vegetables", cents, THRESHOLD)


def outcome(candidates, needed):
    try:
        return choose(candidates, needed).basis
    except Refusal as refusal:
        return type(refusal)


FULL = room(0)


@pytest.mark.parametrize(
    ("candidates", "needed", "expected"),
    [
        # three channels, tried in this order: the award binds (art. 67, 48), then what was exempted from the
        # procedure (art. 73(5)), then the light duty below the threshold (art. 21(2))
        ([lot(EXEMPTED, number=1), lot(AWARDED, number=2)], need(0), Basis.CALL_OFF),
        ([lot(EXEMPTED)], need(0), Basis.EXEMPTED),
        ([], need(0), Basis.EVIDENCE),
        # a full lot gives way to the next channel that holds by itself
        ([lot(AWARDED, FULL, number=1), lot(EXEMPTED, number=2)], None, Basis.EXEMPTED),
        ([lot(AWARDED, FULL)], need(0), Basis.EVIDENCE),
        # … but evidence orders as a way around a full ceiling would be splitting (art. 24): the whole need of
        # the kind, by all channels and elsewhere, counts
        ([lot(AWARDED, FULL)], need(THRESHOLD), CeilingReached),
        ([lot(EXEMPTED, FULL)], None, CeilingReached),
        # "applies from 40,000 EUR": the value itself reaches it, a cent below does not (art. 21, ZJN-3B)
        ([], need(THRESHOLD), ThresholdReached),
        ([], need(THRESHOLD - 1), ThresholdReached),
        ([], need(THRESHOLD - 2), Basis.EVIDENCE),
        # what nobody has put among the kinds has no need that could be known (art. 24)
        ([], None, NoLawfulBasis),
        # a ceiling by weight is one too, and one of many that is full closes the lot
        ([lot(AWARDED, room(grams=0))], None, CeilingReached),
        ([lot(AWARDED, room(5), room(0, ceiling=2))], None, CeilingReached),
        # an amended ceiling below what is used is full, not an error
        ([lot(AWARDED, room(-5))], None, CeilingReached),
        # a ceiling that only counts limits nothing
        ([lot(AWARDED, room())], None, Basis.CALL_OFF),
        ([lot(AWARDED, room(1, 1))], None, Basis.CALL_OFF),
    ],
)
def test_the_basis_is_the_first_channel_that_holds(candidates, needed, expected):
    assert outcome(candidates, needed) == expected


def test_of_two_open_lots_of_one_kind_the_older_is_taken_whatever_their_order():
    first, second = lot(number=3), lot(number=7)
    assert choose([second, first], None).candidate is choose([first, second], None).candidate is first


def test_a_refusal_names_the_first_lot_that_is_full_and_the_figures():
    with pytest.raises(CeilingReached) as full:
        choose([lot(EXEMPTED, FULL, number=2), lot(AWARDED, FULL, number=5)], None)
    assert full.value.facts == {"lot": "5"}
    with pytest.raises(ThresholdReached) as reached:
        choose([], need(THRESHOLD + 7))
    assert reached.value.facts == {
        "kind": "Vegetables", "need": Money(THRESHOLD + 7), "threshold": Money(THRESHOLD),
    }  # fmt: skip


TUESDAY = MONDAY + timedelta(days=1)
ON_TUESDAY, ALL_DAYS = 0b10, 0b11111


def first(days=ALL_DAYS, left=None, least=1):
    return Better(9, "Kmetija Prva", days, left, least)


@pytest.mark.parametrize(
    ("better", "day", "asked", "refused"),
    [
        # by rank (framework agreement, art. 48): the second only when the first is out or does not come
        ([first()], TUESDAY, {}, AnotherComesFirst),
        ([first(days=ON_TUESDAY)], MONDAY, {}, None),
        ([first(days=ON_TUESDAY)], TUESDAY, {}, AnotherComesFirst),
        ([first(left=0)], TUESDAY, {}, None),
        ([first(left=1000)], TUESDAY, {}, AnotherComesFirst),
        # what this order takes from the first is not left there
        ([first(left=1000)], TUESDAY, {9: 1000}, None),
        ([first(left=1000)], TUESDAY, {9: 999}, AnotherComesFirst),
        ([first(left=1000)], TUESDAY, {8: 1000}, AnotherComesFirst),
        # less than can be ordered is nothing: nobody could order there first
        ([first(left=999, least=1000)], TUESDAY, {}, None),
        ([first(left=1000, least=1000)], TUESDAY, {}, AnotherComesFirst),
        ([first(left=1000, least=1000)], TUESDAY, {9: 500}, None),
        ([first(left=0), first()], TUESDAY, {}, AnotherComesFirst),
        ([], TUESDAY, {}, None),
    ],
)
def test_the_second_of_a_lot_waits_until_the_first_is_out(better, day, asked, refused):
    choice = Choice(Basis.CALL_OFF, lot(better=better))
    if refused is None:
        check_day(choice, day, asked)
    else:
        with pytest.raises(refused) as said:
            check_day(choice, day, asked)
        assert said.value.facts == {"lot": "1", "day": day, "producer": "Kmetija Prva"}


MONDAY_ONLY, FROM_TUESDAY = 0b1, 0b1111110


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        # goods are delivered within the agreement's term (art. 48), to who may call off, while the award,
        # the price and the certificate hold
        ({}, None),
        ({"term": FROM_TUESDAY}, OutsideTheTerm),
        ({"entitled": FROM_TUESDAY}, NotEntitledThatDay),
        ({"days": FROM_TUESDAY}, NotCoveredThatDay),
        ({"term": MONDAY_ONLY, "entitled": MONDAY_ONLY, "days": MONDAY_ONLY}, None),
    ],
)
def test_a_lot_is_a_channel_on_the_days_on_which_all_of_it_holds(values, refused):
    called = lot(**values)
    if refused is None:
        check_day(Choice(Basis.CALL_OFF, called), MONDAY, {})
        assert choose_on(MONDAY, [called], None).candidate is called
        return
    for ask in (lambda: check_day(Choice(Basis.CALL_OFF, called), MONDAY, {}),
                lambda: choose_on(MONDAY, [called], None)):  # fmt: skip
        with pytest.raises(refused) as said:
            ask()
        assert said.value.facts == {"lot": "1", "day": MONDAY}


@pytest.mark.parametrize(
    ("candidates", "needed", "expected"),
    [
        # each day by itself: the next channel that holds on it
        ([lot(days=FROM_TUESDAY), lot(EXEMPTED, number=2)], None, (Basis.EXEMPTED, Basis.CALL_OFF)),
        ([lot(days=FROM_TUESDAY)], need(0), (Basis.EVIDENCE, Basis.CALL_OFF)),
        # … and none: the lot of the other days is named, for ordering then would help
        ([lot(days=FROM_TUESDAY)], None, (NotCoveredThatDay, Basis.CALL_OFF)),
        ([lot(days=FROM_TUESDAY)], need(THRESHOLD), (NotCoveredThatDay, Basis.CALL_OFF)),
        # of a lot that is full on the day the ceiling is told, not the other lot's days
        ([lot(AWARDED, FULL, number=1), lot(days=FROM_TUESDAY, number=2)], None,
         (CeilingReached, Basis.CALL_OFF)),
        ([], None, (NoLawfulBasis, NoLawfulBasis)),
        ([], need(THRESHOLD), (ThresholdReached, ThresholdReached)),
    ],
)  # fmt: skip
def test_each_day_has_its_own_basis(candidates, needed, expected):
    def on(day):
        try:
            return choose_on(day, candidates, needed).basis
        except Refusal as refusal:
            return type(refusal)

    assert (on(MONDAY), on(TUESDAY)) == expected


def test_without_a_lot_every_day_will_do():
    check_day(UNCLASSIFIED, MONDAY, {})
    check_day(Choice(Basis.EVIDENCE, need=need(0)), MONDAY, {})


def called_off(offer, cents, *rooms, grams=0, kind=None):
    return Asked(offer, Choice(Basis.CALL_OFF, lot(AWARDED, *rooms)), kind, cents, grams)


def by_evidence(offer, cents, needed, kind=1):
    return Asked(offer, Choice(Basis.EVIDENCE, need=need(needed, kind)), kind, cents, 0)


def refusals(*asked):
    return {offer: type(refusal) for offer, refusal in above_the_limits(asked).items()}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # a ceiling may be used to its last cent and gram
        ([called_off(1, 100, room(100))], {}),
        ([called_off(1, 101, room(100))], {1: AboveCeiling}),
        ([called_off(1, 1, room(grams=500), grams=500)], {}),
        ([called_off(1, 1, room(grams=500), grams=501)], {1: AboveCeilingWeight}),
        # what counts on one ceiling is added up, and refused together
        ([called_off(1, 60, room(100)), called_off(2, 41, room(100))], {1: AboveCeiling, 2: AboveCeiling}),
        ([called_off(1, 60, room(100)), called_off(2, 41, room(100, ceiling=2))], {}),
        # suppliers side by side (parallel shares): each has a ceiling of its own beside the lot's
        (
            [
                called_off(1, 60, room(200), room(50, ceiling=2)),
                called_off(2, 60, room(200), room(60, ceiling=3)),
            ],
            {1: AboveCeiling},
        ),
        # the threshold is reached by its own value (art. 21: "from 40,000 EUR")
        ([by_evidence(1, THRESHOLD - 1, 0)], {}),
        ([by_evidence(1, THRESHOLD, 0)], {1: AboveThreshold}),
        ([by_evidence(1, 10, THRESHOLD - 11)], {}),
        ([by_evidence(1, 11, THRESHOLD - 11)], {1: AboveThreshold}),
        # a need counts all channels (art. 24): a call-off of this order too, which itself is not limited
        ([by_evidence(1, 10, THRESHOLD - 11), called_off(2, 1, kind=1)], {1: AboveThreshold}),
        ([by_evidence(1, 10, THRESHOLD - 11), called_off(2, 1, kind=2)], {}),
        ([by_evidence(1, 6, THRESHOLD - 11), by_evidence(2, 6, THRESHOLD - 11)],
         {1: AboveThreshold, 2: AboveThreshold}),
        ([by_evidence(1, 6, THRESHOLD - 11), by_evidence(2, 6, THRESHOLD - 11, kind=2)], {}),
        # where no basis is asked for, nothing is checked
        ([Asked(1, UNCLASSIFIED, None, 10**12, 10**12)], {}),
    ],
)  # fmt: skip
def test_how_much_is_asked_is_checked_against_every_limit(asked, expected):
    assert refusals(*asked) == expected


def test_a_refusal_says_what_is_left():
    (value,) = above_the_limits([called_off(1, 200, room(100))]).values()
    assert value.facts == {"left": Money(100), "lot": "1"}
    (weight,) = above_the_limits([called_off(1, 1, room(grams=-5), grams=9)]).values()
    assert weight.facts == {"left": Weight(0), "lot": "1"}
    (below,) = above_the_limits([by_evidence(1, 20, THRESHOLD - 11)]).values()
    assert below.facts == {"kind": "Vegetables", "left": Money(10), "threshold": Money(THRESHOLD)}


def test_the_price_does_not_depend_on_how_much_is_asked():
    # what a page shows is what is charged: the choice knows no quantity, even with a cent left
    chosen = choose([lot(AWARDED, room(1), number=1, price=99), lot(EXEMPTED, number=2)], need(0))
    assert (chosen.candidate.price_cents, chosen.basis) == (99, Basis.CALL_OFF)


rooms = st.builds(
    Room,
    st.integers(1, 4),
    st.one_of(st.none(), st.integers(-5, 50)),
    st.one_of(st.none(), st.integers(-5, 50)),
)
candidates = st.tuples(
    st.sampled_from([AWARDED, EXEMPTED]), st.lists(rooms, max_size=3), st.integers(1, 9)
).map(lambda one: lot(one[0], *one[1], number=one[2]))
needs = st.one_of(st.none(), st.integers(THRESHOLD - 5, THRESHOLD + 5).map(need))


@given(st.lists(candidates, max_size=4), candidates, needs)
def test_one_lot_more_never_makes_an_offer_unorderable(some, more, needed):
    before, after = outcome(some, needed), outcome([*some, more], needed)
    if isinstance(before, Basis):
        assert isinstance(after, Basis)
    # … and one that is full changes nothing of what holds already
    if not more.usable and isinstance(before, Basis):
        assert after == before


def _rooms_by_ceiling(limits):
    return {number: Room(number, *limit) for number, limit in enumerate(limits)}


limits = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 60)), st.one_of(st.none(), st.integers(0, 60))),
    min_size=1,
    max_size=3,
).map(_rooms_by_ceiling)


@st.composite
def orders(draw):
    """An order: offers that count on some of a few ceilings, or on the need of a kind."""
    known = draw(limits)
    kinds = {kind: draw(st.integers(0, 60)) for kind in (1, 2)}
    asked = []
    for offer in range(draw(st.integers(0, 5))):
        cents, grams = draw(st.integers(0, 40)), draw(st.integers(0, 40))
        kind = draw(st.sampled_from([None, 1, 2]))
        if kind is not None and draw(st.booleans()):
            left = Need(kind, "kind", THRESHOLD - 1 - kinds[kind], THRESHOLD)
            choice = Choice(Basis.EVIDENCE, need=left)
        else:
            on = draw(st.sets(st.sampled_from(sorted(known))))
            choice = Choice(Basis.CALL_OFF, lot(AWARDED, *(known[one] for one in sorted(on))))
        asked.append(Asked(offer, choice, kind, cents, grams))
    return known, kinds, asked


@given(orders())
def test_what_is_accepted_sums_up_under_every_ceiling_and_nothing_else_is_refused(order):
    known, kinds, asked = order

    def on(ceiling):
        return [one for one in asked if one.choice.candidate and known[ceiling] in one.choice.candidate.rooms]

    def passed(ceiling):
        cents = sum(one.cents for one in on(ceiling))
        grams = sum(one.grams for one in on(ceiling))
        limit = known[ceiling]
        return (limit.cents is not None and cents > limit.cents) or (
            limit.grams is not None and grams > limit.grams
        )

    expected = {one.part for ceiling in known if passed(ceiling) for one in on(ceiling)}
    expected |= {
        one.part
        for one in asked
        if one.choice.need and sum(other.cents for other in asked if other.kind == one.kind) > kinds[one.kind]
    }
    assert set(above_the_limits(asked)) == expected
