"""Acceptance: outcome and reasons, versions of a line, net weight."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.rules.acceptance import (
    ACCEPT_REASONS,
    OUTCOMES,
    AcceptedTooMuch,
    AcceptReason,
    AcceptReasonMissing,
    AcceptWordsMissing,
    AlreadyInvoiced,
    ChangedMeanwhile,
    CorrectionReasonMissing,
    Decision,
    NothingCame,
    Outcome,
    Standing,
    TareAboveGross,
    accepted_grams,
    check,
    check_correction,
    net_weight,
    next_version,
    outcome,
)
from foodorder.rules.errors import Amount
from foodorder.rules.quantity import Negative, NotWhole

LESS, MISSING, OTHER = AcceptReason.LESS, AcceptReason.MISSING, AcceptReason.OTHER


@pytest.mark.parametrize(
    ("delivered", "accepted", "result"),
    [
        (12_000, 12_000, Outcome.ACCEPTED),
        (12_000, 11_999, Outcome.PARTLY),
        (12_000, 1, Outcome.PARTLY),
        (12_000, 0, Outcome.REFUSED),
        (0, 0, Outcome.ACCEPTED),
    ],
)
def test_what_becomes_of_a_line(delivered, accepted, result):
    assert outcome(delivered, accepted) is result


@pytest.mark.parametrize(
    ("decision", "unit", "result"),
    [
        (Decision(12_000), "KGM", Outcome.ACCEPTED),
        (Decision(11_800, LESS), "KGM", Outcome.PARTLY),
        (Decision(0, MISSING), "KGM", Outcome.REFUSED),
        (Decision(0, OTHER, "The driver left."), "KGM", Outcome.REFUSED),
        (Decision(11_000, LESS), "H87", Outcome.PARTLY),
        (Decision(12_001), "KGM", AcceptedTooMuch),
        (Decision(-1, LESS), "KGM", Negative),
        (Decision(11_500, LESS), "H87", NotWhole),
        (Decision(11_500), "KGM", AcceptReasonMissing),
        (Decision(0), "KGM", AcceptReasonMissing),
        (Decision(0, OTHER, "  "), "KGM", AcceptWordsMissing),
        (Decision(500, MISSING), "KGM", NothingCame),
    ],
)
def test_which_decisions_are_possible(decision, unit, result):
    if isinstance(result, Outcome):
        assert check(decision, 12_000, unit) is result
    else:
        with pytest.raises(result):
            check(decision, 12_000, unit)


def test_the_refusals_name_the_quantities():
    with pytest.raises(AcceptReasonMissing) as refused:
        check(Decision(11_500), 12_000, "KGM")
    assert refused.value.facts == {"missing": Amount(500, "KGM")}
    with pytest.raises(AcceptedTooMuch) as refused:
        check(Decision(12_500), 12_000, "KGM")
    assert refused.value.facts == {"delivered": Amount(12_000, "KGM")}


@given(st.integers(-10, 50_000), st.integers(0, 50_000), st.sampled_from(AcceptReason))
def test_accepted_is_never_above_delivered(accepted, delivered, reason):
    try:
        result = check(Decision(accepted, reason, "words"), delivered, "KGM")
    except (Negative, AcceptedTooMuch, NothingCame):
        assert not 0 <= accepted <= delivered or reason is MISSING
    else:
        assert 0 <= accepted <= delivered
        assert (result is Outcome.ACCEPTED) == (accepted == delivered)


FIRST = Standing(1, "Ana", Decision(12_000))
LATER = Standing(3, "Ana", Decision(11_000, LESS))


@pytest.mark.parametrize(
    ("standing", "expected", "decision", "version", "why"),
    [
        (None, 0, Decision(12_000), 1, "the first to write"),
        (FIRST, 1, Decision(11_000, LESS), 2, "a correction of what was seen"),
        (LATER, 3, Decision(12_000), 4, "and once more"),
        (FIRST, 0, Decision(12_000), 1, "the same message sent twice"),
        (LATER, 1, Decision(11_000, LESS), 3, "both phones say the same"),
        (FIRST, 0, Decision(11_000, LESS), None, "the other phone was faster"),
        (LATER, 2, Decision(12_000), None, "an older version was seen"),
        (LATER, 4, Decision(12_000), None, "a version that does not exist"),
    ],
)
def test_two_phones_never_overwrite_each_other(standing, expected, decision, version, why):
    if version is not None:
        assert next_version(standing, expected, decision, "KGM") == version, why
        return
    with pytest.raises(ChangedMeanwhile) as refused:
        next_version(standing, expected, decision, "KGM")
    assert refused.value.version == standing.version
    assert refused.value.facts == {
        "person": "Ana",
        "accepted": Amount(standing.decision.accepted, "KGM"),
    }


@pytest.mark.parametrize(
    ("after", "invoiced", "refusal"),
    [
        (Decision(11_000, LESS, "weighed again"), 0, None),
        (Decision(11_000, LESS, "weighed again"), 11_000, None),
        (Decision(10_999, LESS, "weighed again"), 11_000, AlreadyInvoiced),
        (Decision(11_000, LESS), 0, CorrectionReasonMissing),
        (Decision(12_000), 0, None),
    ],
)
def test_a_correction_says_why_and_takes_nothing_from_an_invoice(after, invoiced, refusal):
    if refusal is None:
        check_correction(Decision(12_000), after, invoiced, "KGM")
    else:
        with pytest.raises(refusal):
            check_correction(Decision(12_000), after, invoiced, "KGM")


@pytest.mark.parametrize(("gross", "tare", "net"), [(12_300, 300, 12_000), (12_300, 0, 12_300), (0, 0, 0)])
def test_only_the_net_weight_is_paid(gross, tare, net):
    assert net_weight(gross, tare) == net


@pytest.mark.parametrize(
    ("gross", "tare", "refusal"),
    [(300, 300, TareAboveGross), (0, 1, TareAboveGross), (-1, 0, Negative), (5, -1, Negative)],
)
def test_weights_that_no_scales_show(gross, tare, refusal):
    with pytest.raises(refusal):
        net_weight(gross, tare)


@pytest.mark.parametrize(
    ("accepted", "unit", "factor", "weighed", "grams"),
    [
        (11_800, "KGM", 1000, None, 11_800),
        (11_800, "KGM", 1000, 9_999, 11_800),  # the accepted quantity is the net weight
        (30_000, "H87", 58, None, 1_740),
        (30_000, "H87", 58, 1_802, 1_802),
        (30_000, "H87", 58, 0, 0),
        (10_000, "LTR", 1030, None, 10_300),
    ],
)
def test_what_the_accepted_goods_weigh(accepted, unit, factor, weighed, grams):
    assert accepted_grams(accepted, unit, factor, weighed) == grams


def test_everything_has_its_words():
    assert OUTCOMES.keys() == set(Outcome)
    assert ACCEPT_REASONS.keys() == set(AcceptReason)
