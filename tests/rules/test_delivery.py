"""The delivery note: its states, its lots, and what is missing from it."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.delivery import (
    MOVES,
    NOTE_STATES,
    SHORT_REASONS,
    IllegalNoteMove,
    LineTerms,
    LotMissing,
    LotTwice,
    NoteAction,
    NoteFrozen,
    NoteState,
    NothingInLot,
    SentLot,
    SentTooMuch,
    ShortReason,
    ShortReasonMissing,
    ShortWordsMissing,
    UseByPassed,
    check_editable,
    check_lots,
    check_shortfall,
    missing,
    move,
    sent_total,
    tolerance,
)
from foodorder.rules.quantity import NotWhole
from foodorder.rules.traceability import FIELDS, Consignment, Named, missing_fields

MONDAY = date(2026, 11, 30)
#: 20 kg of beef, 5 % more is allowed.
BEEF = LineTerms(recorded=20_000, unit="KGM", delivery_date=MONDAY, animal_origin=True, tolerance_bp=500)
CARROTS = replace(BEEF, animal_origin=False)
EGGS = LineTerms(recorded=120_000, unit="H87", delivery_date=MONDAY, animal_origin=True, tolerance_bp=500)

#: Every move that design and issue allow, written out a second time.
LEGAL = {
    ("draft", "prepare"): "prepared",
    ("prepared", "reopen"): "draft",
    ("prepared", "leave"): "on_the_way",
    ("prepared", "receive"): "received",
    ("on_the_way", "receive"): "received",
    ("draft", "cancel"): "cancelled",
    ("prepared", "cancel"): "cancelled",
    ("on_the_way", "cancel"): "cancelled",
}


@pytest.mark.parametrize(("state", "action"), list(product(NoteState, NoteAction)))
def test_every_move_is_in_the_table_or_refused(state, action):
    if (state.value, action.value) in LEGAL:
        assert move(state, action) == LEGAL[state.value, action.value]
    else:
        with pytest.raises(IllegalNoteMove) as refused:
            move(state, action)
        assert (refused.value.state, refused.value.action) == (state, action)


def test_nothing_leaves_what_is_received_or_cancelled():
    assert not {state for state, _ in MOVES} & {NoteState.RECEIVED, NoteState.CANCELLED}


@pytest.mark.parametrize("state", list(NoteState))
def test_only_a_draft_is_changed(state):
    if state is NoteState.DRAFT:
        check_editable(state)
    else:
        with pytest.raises(NoteFrozen):
            check_editable(state)


@pytest.mark.parametrize(
    ("lots", "terms", "refusal", "source"),
    [
        ([SentLot(20_000, "G-12")], BEEF, None, "as recorded"),
        ([SentLot(12_000, "G-12"), SentLot(8_000, "G-13")], BEEF, None, "two lots"),
        ([], BEEF, None, "nothing is sent"),
        ([SentLot(21_000, "G-12")], BEEF, None, "5 % more: the tolerance exactly"),
        ([SentLot(21_001, "G-12")], BEEF, SentTooMuch, "a gram beyond it"),
        ([SentLot(12_000, "A"), SentLot(12_000, "B")], BEEF, SentTooMuch, "the lots together"),
        ([SentLot(121_000, "A")], EGGS, SentTooMuch, "pieces are counted: no tolerance"),
        ([SentLot(120_000, "A")], EGGS, None, "as recorded"),
        ([SentLot(500, "A")], EGGS, NotWhole, "half an egg"),
        ([SentLot(1, "A")], BEEF, None, "a gram"),
        ([SentLot(0, "A")], BEEF, NothingInLot, "a lot without goods"),
        ([SentLot(-1000, "A"), SentLot(9_000, "B")], BEEF, NothingInLot, "a lot below nothing"),
        ([SentLot(20_000)], BEEF, LotMissing, "Reg. 931/2011, art. 3(1)(g)"),
        ([SentLot(20_000, "  ")], BEEF, LotMissing, "blanks are no lot"),
        ([SentLot(20_000)], CARROTS, None, "plants may travel without a lot"),
        ([SentLot(9_000, "g-12"), SentLot(9_000, "G-12 ")], BEEF, LotTwice, "the same lot, written twice"),
        ([SentLot(9_000), SentLot(9_000)], CARROTS, LotTwice, "two rows without a lot"),
        ([SentLot(20_000, "A", date(2026, 11, 30))], BEEF, None, "to be used on the day itself"),
        ([SentLot(20_000, "A", date(2026, 11, 29))], BEEF, UseByPassed, "Reg. 178/2002, art. 14"),
    ],
)
def test_what_may_travel_on_a_line(lots, terms, refusal, source):
    if refusal is None:
        check_lots(lots, terms)
    else:
        with pytest.raises(refusal):
            check_lots(lots, terms)


def test_the_refusal_of_too_much_says_how_much_is_possible():
    with pytest.raises(SentTooMuch) as refused:
        check_lots([SentLot(22_000, "A")], BEEF)
    assert "20 kg was ordered: send at most 21 kg" in str(refused.value)


@given(
    recorded=st.integers(0, 10**6),
    quantities=st.lists(st.integers(-5, 10**6), max_size=4),
    bp=st.integers(0, 2000),
)
def test_what_passes_is_never_above_what_was_recorded_and_its_tolerance(recorded, quantities, bp):
    terms = replace(CARROTS, recorded=recorded, tolerance_bp=bp)
    lots = [SentLot(quantity, f"L{row}") for row, quantity in enumerate(quantities)]
    try:
        check_lots(lots, terms)
    except (SentTooMuch, NothingInLot):
        assert sent_total(lots) * 10_000 > recorded * (10_000 + bp) or min(quantities) <= 0
    else:
        assert sent_total(lots) * 10_000 <= recorded * (10_000 + bp)


@pytest.mark.parametrize(
    ("recorded", "unit", "bp", "most"),
    [(20_000, "KGM", 500, 1_000), (999, "KGM", 500, 49), (20_000, "LTR", 0, 0), (99_000, "H87", 500, 0)],
)
def test_the_tolerance_is_rounded_down_and_pieces_have_none(recorded, unit, bp, most):
    assert tolerance(recorded, unit, bp) == most


@pytest.mark.parametrize(
    ("sent", "reason", "words", "refusal"),
    [
        (20_000, None, "", None),
        (21_000, None, "", None),
        (19_000, None, "", None),
        (18_999, None, "", ShortReasonMissing),
        (0, None, "", ShortReasonMissing),
        (0, ShortReason.HAIL, "", None),
        (0, ShortReason.OTHER, " ", ShortWordsMissing),
        (0, ShortReason.OTHER, "The bridge is closed.", None),
    ],
)
def test_what_is_clearly_missing_needs_a_reason(sent, reason, words, refusal):
    if refusal is None:
        check_shortfall(sent, BEEF, reason, words)
    else:
        with pytest.raises(refusal):
            check_shortfall(sent, BEEF, reason, words)


def test_one_missing_egg_needs_a_reason():
    with pytest.raises(ShortReasonMissing) as refused:
        check_shortfall(119_000, EGGS, None)
    assert "1 pcs is missing" in str(refused.value)


def test_missing_is_never_below_nothing():
    assert [missing(sent, 5) for sent in (0, 5, 7)] == [5, 0, 0]


def test_everything_has_its_words():
    assert NOTE_STATES.keys() == set(NoteState)
    assert SHORT_REASONS.keys() == set(ShortReason)


FARM = Named("Kmetija Nad potokom", "Potok 3, 4204 Golnik")
SCHOOL = Named("OŠ Predoslje", "Predoslje 17A, 4000 Kranj")
WHOLE = Consignment("Beef, diced", 20_000, FARM, SCHOOL, "G-12", MONDAY)


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({}, ()),
        ({"description": " "}, ("description",)),
        ({"quantity": 0}, ("quantity",)),
        ({"sender": Named("Kmetija", "")}, ("sender",)),
        ({"owner": Named("", "Potok 3")}, ("owner",)),
        ({"owner": FARM, "buyer": SCHOOL}, ()),
        ({"receiver": Named("", "")}, ("receiver",)),
        ({"buyer": Named("Občina", " ")}, ("buyer",)),
        ({"lot": ""}, ("lot",)),
        ({"dispatched_on": None}, ("dispatched_on",)),
        ({"dispatched_on": None, "description": "", "lot": ""}, ("description", "lot", "dispatched_on")),
    ],
)
def test_the_eight_fields_of_regulation_931_of_2011(change, lacks):
    assert missing_fields(replace(WHOLE, **change)) == lacks
    assert set(lacks) <= FIELDS.keys()
