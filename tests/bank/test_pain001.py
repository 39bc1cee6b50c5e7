"""Batches of transfers: what the bank reads, control sums, and what is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from foodorder.bank.pain001 import (
    LARGEST,
    NAMESPACE,
    Account,
    AmountOutOfRange,
    Batch,
    MarkTwice,
    NoTransfers,
    Transfer,
    WrongBic,
    WrongMark,
    write,
)
from foodorder.rules.checkdigits import WrongIban
from foodorder.rules.references import WrongReference

SCHOOL = Account("OŠ Predoslje Kranj", "SI26 9900 0000 0000 123")
FARM = Account("Kmetija Žagar & sin", "SI26990000000000123")
ABROAD = Account("Höfer Žarko", "AT611904300234573201", "BKAUATWW")
ONE = Transfer("FO-1", FARM, 12_345, "SI00 2026-42", "Račun R-2026-0042")
BATCH = Batch("FO-B-1", datetime(2026, 11, 30, 8, 15, tzinfo=UTC), SCHOOL, date(2026, 12, 1), [ONE])


@pytest.fixture(scope="module")
def schema():
    """The schema of ISO 20022, as a package that we did not write brings it."""
    with resources.as_file(resources.files("sepaxml") / "schemas" / "pain.001.001.09.xsd") as path:
        return etree.XMLSchema(etree.parse(path))


def texts(content, path):
    root = etree.fromstring(content)
    steps = "/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/"))
    return [node.text for node in root.iterfind(f".//{steps}")]


def test_a_batch_says_what_the_bank_needs():
    content = write(BATCH)
    assert etree.fromstring(content).tag == f"{{{NAMESPACE}}}Document"
    expected = {
        "GrpHdr/MsgId": ["FO-B-1"],
        "GrpHdr/CreDtTm": ["2026-11-30T08:15:00Z"],
        "GrpHdr/NbOfTxs": ["1"],
        "GrpHdr/CtrlSum": ["123.45"],
        "GrpHdr/InitgPty/Nm": ["OŠ Predoslje Kranj"],
        "PmtInf/PmtMtd": ["TRF"],
        "PmtInf/BtchBookg": ["false"],
        "PmtInf/NbOfTxs": ["1"],
        "PmtInf/CtrlSum": ["123.45"],
        "PmtTpInf/SvcLvl/Cd": ["SEPA"],
        "ReqdExctnDt/Dt": ["2026-12-01"],
        "PmtInf/Dbtr/Nm": ["OŠ Predoslje Kranj"],
        "DbtrAcct/Id/IBAN": ["SI26990000000000123"],
        "DbtrAgt/FinInstnId/Othr/Id": ["NOTPROVIDED"],
        "ChrgBr": ["SLEV"],
        "PmtId/EndToEndId": ["FO-1"],
        "Amt/InstdAmt": ["123.45"],
        "Cdtr/Nm": ["Kmetija Žagar + sin"],
        "CdtrAcct/Id/IBAN": ["SI26990000000000123"],
        "Purp/Cd": ["GDDS"],
        "CdtrRefInf/Tp/CdOrPrtry/Cd": ["SCOR"],
        "CdtrRefInf/Tp/Issr": [],
        "CdtrRefInf/Ref": ["SI002026-42"],
        "Strd/AddtlRmtInf": ["Račun R-2026-0042"],
        "CdtrAgt": [],
        "Ustrd": [],
    }
    assert {path: texts(content, path) for path in expected} == expected


def test_the_same_batch_is_the_same_file():
    assert write(BATCH) == write(replace(BATCH))


def written(**change):
    return write(replace(BATCH, transfers=[replace(ONE, **change)]))


def test_an_international_reference_names_its_issuer():
    content = written(reference="RF18 5390 0754 7034", words="")
    assert texts(content, "CdtrRefInf/Ref") == ["RF18539007547034"]
    assert texts(content, "CdtrRefInf/Tp/Issr") == ["ISO"]
    assert texts(content, "Strd/AddtlRmtInf") == []


def test_without_a_reference_the_words_stand_alone():
    content = written(reference=None)
    assert (texts(content, "Ustrd"), texts(content, "Strd")) == (["Račun R-2026-0042"], [])
    assert texts(written(reference=None, words=" "), "RmtInf") == []


def test_an_account_abroad_has_its_bank_and_plain_letters():
    content = written(payee=ABROAD)
    assert texts(content, "Cdtr/Nm") == ["Hofer Zarko"]
    assert texts(content, "AddtlRmtInf") == ["Racun R-2026-0042"]
    assert texts(content, "CdtrAgt/FinInstnId/BICFI") == ["BKAUATWW"]


def test_the_payer_may_name_their_bank():
    content = write(replace(BATCH, payer=replace(SCHOOL, bic="LJBASI2X")))
    assert texts(content, "DbtrAgt/FinInstnId/BICFI") == ["LJBASI2X"]
    assert texts(content, "DbtrAgt/FinInstnId/Othr/Id") == []


def test_long_and_strange_names_are_fitted():
    content = written(payee=Account("Ž" * 90, FARM.iban), words="x" * 200)
    assert texts(content, "Cdtr/Nm") == ["Ž" * 70]
    assert texts(content, "AddtlRmtInf") == ["x" * 140]
    assert texts(written(payee=Account("\u0301", FARM.iban)), "Cdtr/Nm") == ["NOTPROVIDED"]


def test_the_moment_is_told_in_universal_time():
    zone = timezone(timedelta(hours=1))
    content = write(replace(BATCH, created_at=datetime(2026, 11, 30, 9, 15, tzinfo=zone)))
    assert texts(content, "CreDtTm") == ["2026-11-30T08:15:00Z"]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"transfers": []}, NoTransfers),
        ({"transfers": [ONE, ONE]}, MarkTwice),
        ({"transfers": [replace(ONE, amount=0)]}, AmountOutOfRange),
        ({"transfers": [replace(ONE, amount=-1)]}, AmountOutOfRange),
        ({"transfers": [replace(ONE, amount=LARGEST + 1)]}, AmountOutOfRange),
        ({"transfers": [replace(ONE, mark="")]}, WrongMark),
        ({"transfers": [replace(ONE, mark="x" * 36)]}, WrongMark),
        ({"transfers": [replace(ONE, mark="/a")]}, WrongMark),
        ({"transfers": [replace(ONE, mark="a/")]}, WrongMark),
        ({"transfers": [replace(ONE, mark="a//b")]}, WrongMark),
        ({"transfers": [replace(ONE, mark="a b")]}, WrongMark),
        ({"transfers": [replace(ONE, mark="š")]}, WrongMark),
        ({"message_id": "a\n"}, WrongMark),
        ({"transfers": [replace(ONE, reference="SI12 123456784")]}, WrongReference),
        ({"transfers": [replace(ONE, payee=Account("x", "SI27990000000000123"))]}, WrongIban),
        ({"payer": Account("x", "")}, WrongIban),
        ({"payer": replace(SCHOOL, bic="LJBA")}, WrongBic),
        ({"transfers": [replace(ONE, payee=replace(ABROAD, bic="bkauatww"))]}, WrongBic),
    ],
)
def test_what_no_bank_would_take_is_refused(change, refusal):
    with pytest.raises(refusal):
        write(replace(BATCH, **change))


def test_the_longest_mark_and_the_largest_amount_are_taken():
    content = written(mark="x" * 35, amount=LARGEST)
    assert texts(content, "InstdAmt") == ["999999999.99"]


@given(st.lists(st.integers(1, LARGEST), min_size=1, max_size=12))
def test_the_control_sums_are_the_sum_of_the_transfers(amounts):
    transfers = [replace(ONE, mark=f"FO-{place}", amount=amount) for place, amount in enumerate(amounts)]
    batch = replace(BATCH, transfers=transfers)
    content = write(batch)
    each = [int(text.replace(".", "")) for text in texts(content, "InstdAmt")]
    assert each == amounts
    assert batch.total == sum(each)
    assert texts(content, "CtrlSum") == [f"{sum(each) // 100}.{sum(each) % 100:02d}"] * 2
    assert texts(content, "NbOfTxs") == [str(len(each))] * 2


BARE = replace(ONE, mark="FO-2", payee=ABROAD, reference=None, words="")
RF = replace(ONE, mark="FO-3", reference="RF18539007547034", words="ž" * 200)


@pytest.mark.parametrize(
    "batch",
    [
        BATCH,
        replace(BATCH, transfers=[ONE, BARE, RF]),
        replace(BATCH, payer=replace(SCHOOL, bic="LJBASI2X")),
        replace(BATCH, transfers=[replace(ONE, amount=LARGEST, mark="x" * 35)], message_id="y" * 35),
        replace(BATCH, transfers=[replace(ONE, payee=Account("", FARM.iban), words="<&>")]),
    ],
    ids=["one", "three", "bank", "longest", "hostile"],
)
def test_the_file_is_valid_by_the_schema_of_the_standard(schema, batch):
    schema.assertValid(etree.fromstring(write(batch)))


def test_the_schema_sees_what_is_wrong(schema):
    assert not schema.validate(etree.fromstring(write(BATCH).replace(b"FO-B-1", b"x" * 36)))


HOSTILE = st.text(st.characters(codec="utf-8"), max_size=90) | st.just("<a>&amp;]]>\x00\ufffe//")


@given(name=HOSTILE, words=HOSTILE)
def test_whatever_stands_in_names_and_words_the_file_can_be_read(schema, name, words):
    content = written(payee=Account(name, FARM.iban), words=words)
    schema.assertValid(etree.fromstring(content))
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+ čšžćđČŠŽĆĐ")
    for text in texts(content, "Cdtr/Nm") + texts(content, "AddtlRmtInf"):
        assert text == text.strip()
        assert 0 < len(text) <= 140
        assert set(text) <= allowed
        assert "//" not in text
        assert not text.startswith("/")
        assert not text.endswith("/")
