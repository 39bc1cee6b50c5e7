"""A refusal is a sentence with facts; facts survive storage."""

from datetime import UTC, date, datetime

import pytest

from foodorder.rules.errors import (
    N_,
    NN_,
    Amount,
    Money,
    Refusal,
    Weight,
    facts_from_json,
    facts_to_json,
    plain,
)


class Missing(Refusal):
    message = N_("%(missing)s are missing.")
    default_field = "quantity"


class Counted(Refusal):
    message, plural = NN_("%(count)s line is wrong.", "%(count)s lines are wrong.")


def test_a_refusal_reads_as_an_english_sentence():
    assert str(Missing(missing=Amount(2500, "KGM"))) == "2.5 kg are missing."


def test_a_refusal_belongs_beside_its_usual_field_unless_another_is_named():
    assert Missing(missing="two").field == "quantity"
    assert Missing(missing="two", field="lines-3").field == "lines-3"
    assert Refusal().field is None


@pytest.mark.parametrize(("count", "sentence"), [(1, "1 line is wrong."), (2, "2 lines are wrong.")])
def test_a_refusal_that_counts_has_a_plural(count, sentence):
    assert str(Counted(count=count)) == sentence


@pytest.mark.parametrize(
    ("fact", "written"),
    [
        (Money(123450), "1234.50 EUR"),
        (Money(-5), "-0.05 EUR"),
        (Amount(12000, "KGM"), "12 kg"),
        (Amount(1, "LTR"), "0.001 l"),
        (Amount(30000, "H87"), "30 pcs"),
        (Amount(1000, "XBX"), "1 XBX"),
        (Weight(12500), "12.5 kg"),
        (datetime(2025, 11, 26, 11, 0, tzinfo=UTC), "2025-11-26 11:00 UTC"),
        (date(2025, 11, 26), "2025-11-26"),
        (7, "7"),
        ("Farm", "Farm"),
    ],
)
def test_facts_are_written_plainly_and_survive_storage(fact, written):
    assert plain(fact) == written
    assert facts_from_json(facts_to_json({"it": fact})) == {"it": fact}


def test_an_unknown_stored_fact_is_refused():
    with pytest.raises(ValueError, match="not a stored fact"):
        facts_from_json({"it": {"colour": "green"}})
