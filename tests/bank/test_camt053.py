"""Statements of account: what is understood, what is refused, and that no cent is lost."""

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodorder.bank.camt053 import NAMESPACES, REVERSED, read
from foodorder.bank.statement import (
    OtherAccount,
    OtherCurrency,
    StatementDoesNotAddUp,
    StatementIncomplete,
    Transaction,
    as_entry,
    check_own,
)
from foodorder.exchange.safe_xml import (
    FileTooLarge,
    HasDoctype,
    NotXml,
    OtherDocument,
    TooDeep,
    WrongEncoding,
)
from foodorder.rules.payments import Entry
from tests.camt import FARM, NEW, OWN, detail, entry, party, statement


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_a_transfer_of_the_kitchen_is_understood_in_both_versions(namespace):
    parties = party("Dbtr", "OŠ Predoslje", OWN, namespace) + party("Cdtr", "Kmetija Žagar", FARM, namespace)
    content = statement(
        entry(
            -12_345,
            detail(mark="FO-1", reference="SI002026-42", words="Račun 42", namespace=namespace,
                   more=f"<RltdPties>{parties}</RltdPties>"),
            namespace=namespace,
            more="<AcctSvcrRef>B-77</AcctSvcrRef>",
        ),
        total=-12_345,
        namespace=namespace,
        head="<FrToDt><FrDtTm>2026-11-28T00:00:00+01:00</FrDtTm><ToDtTm>2026-12-01T23:59:59</ToDtTm></FrToDt>",
    )  # fmt: skip
    (found,) = read(content)
    assert (found.number, found.iban, found.opening, found.closing) == ("2026-231", OWN, 100_000, 87_655)
    assert (found.from_date, found.to_date) == (date(2026, 11, 28), date(2026, 12, 1))
    assert found.transactions == (
        Transaction(
            amount=-12_345,
            booked_on=date(2026, 11, 30),
            value_date=date(2026, 12, 1),
            reference="SI002026-42",
            mark="FO-1",
            words="Račun 42",
            counterparty="Kmetija Žagar",
            counterparty_iban=FARM,
            bank_id="B-77",
        ),
    )
    assert as_entry(found.transactions[0], of_payer=True) == Entry(12_345, "SI002026-42", "FO-1", "Račun 42")
    assert as_entry(found.transactions[0], of_payer=False).amount == -12_345


def only(details, cents=500, **arguments):
    (found,) = read(statement(entry(cents, details, **arguments), total=cents))
    (one,) = found.transactions
    return one


def test_a_transfer_that_came_back_says_why():
    parties = party("Dbtr", "OŠ Predoslje", OWN) + party("Cdtr", "Kmetija", FARM)
    back = only(
        detail(mark="FO-1", more=f"<RltdPties>{parties}</RltdPties><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")
    )
    assert (back.amount, back.mark, back.return_reason, back.counterparty) == (500, "FO-1", "AC04", "Kmetija")
    assert as_entry(back, of_payer=True).amount == -500
    assert only(detail(more="<RtrInf><Rsn><Prtry>closed</Prtry></Rsn></RtrInf>")).return_reason == "closed"
    assert only(detail(more="<RtrInf><AddtlInf>?</AddtlInf></RtrInf>")).return_reason == REVERSED
    assert only(detail(), more="<RvslInd>true</RvslInd>").return_reason == REVERSED
    assert only(detail(), more="<RvslInd>false</RvslInd>").return_reason == ""


@pytest.mark.parametrize(("cents", "other"), [(500, "Plačnik"), (-500, "Prejemnik")])
def test_without_accounts_the_direction_tells_the_other_side(cents, other):
    names = "".join(f"<{side}><Pty><Nm>{name}</Nm></Pty></{side}>"
                    for side, name in (("Dbtr", "Plačnik"), ("Cdtr", "Prejemnik")))  # fmt: skip
    assert only(detail(more=f"<RltdPties>{names}</RltdPties>"), cents).counterparty == other
    assert only(detail(), cents).counterparty == ""


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_an_entry_of_several_transactions_is_taken_apart(namespace):
    parts = detail(300, mark="A", namespace=namespace) + detail(200, mark="B", namespace=namespace)
    (found,) = read(statement(entry(500, parts, namespace=namespace), total=500, namespace=namespace))
    assert [(one.amount, one.mark) for one in found.transactions] == [(300, "A"), (200, "B")]


def test_a_transaction_within_may_go_the_other_way():
    (found,) = read(statement(entry(100, detail(300, mark="A") + detail(-200, mark="B")), total=100))
    assert [one.amount for one in found.transactions] == [300, -200]


@pytest.mark.parametrize(
    "parts",
    [
        detail(300) + detail(100),  # they do not make the entry
        detail(300) + detail(),  # one does not tell its amount
        detail() + detail(),
    ],
)
def test_what_cannot_be_taken_apart_stays_one_for_a_person(parts):
    one = only(parts, more="<AddtlNtryInf>Paket plačil</AddtlNtryInf>")
    assert (one.amount, one.reference, one.mark, one.words) == (500, "", "", "Paket plačil")


def test_the_entry_counts_where_a_single_transaction_tells_another_amount():
    """The bank kept its charges."""
    assert only(detail(510, reference="SI002026-1")).amount == 500


def test_several_references_are_words_for_a_person():
    two = "".join(f"<Strd><CdtrRefInf><Ref>SI002026-{n}</Ref></CdtrRefInf></Strd>" for n in (1, 2))
    one = only(f"<TxDtls><RmtInf><Ustrd>za oba</Ustrd>{two}</RmtInf></TxDtls>")
    assert (one.reference, one.words) == ("", "SI002026-1 SI002026-2 za oba")


def test_words_stand_in_several_places():
    assert only(detail(words="a  b")).words == "a b"
    assert only("<TxDtls><RmtInf><Strd><AddtlRmtInf>c</AddtlRmtInf></Strd></RmtInf></TxDtls>").words == "c"
    assert only("<TxDtls><AddtlTxInf>d</AddtlTxInf></TxDtls>").words == "d"
    assert only("", more="<AddtlNtryInf>e</AddtlNtryInf>").words == "e"


def test_no_mark_is_none():
    assert only(detail(mark="NOTPROVIDED")).mark == ""


@pytest.mark.parametrize(
    ("dates", "booked", "value"),
    [
        ("<BookgDt><DtTm>2026-11-30T23:30:00+01:00</DtTm></BookgDt>", (11, 30), (11, 30)),
        ("<ValDt><Dt>2026-12-01</Dt></ValDt>", (12, 1), (12, 1)),
        ("<BookgDt><Dt>2026-11-30Z</Dt></BookgDt><ValDt><Dt>2026-12-02</Dt></ValDt>", (11, 30), (12, 2)),
    ],
)
def test_days_of_an_entry(dates, booked, value):
    one = only(detail(), dates=dates)
    assert (one.booked_on, one.value_date) == (date(2026, *booked), date(2026, *value))


@pytest.mark.parametrize("status", ["PDNG", "INFO"])
@pytest.mark.parametrize("namespace", NAMESPACES)
def test_what_is_not_booked_does_not_count(status, namespace):
    content = statement(
        entry(500, namespace=namespace), entry(700, namespace=namespace, status=status),
        total=500, namespace=namespace,
    )  # fmt: skip
    assert [one.amount for one in read(content)[0].transactions] == [500]


@pytest.mark.parametrize("opening", [0, -5_000])
def test_an_account_may_be_empty_or_below_nothing(opening):
    assert read(statement(opening=opening))[0].opening == opening


def test_the_closing_balance_of_the_day_before_opens():
    content = statement(entry(500), total=500).replace(b"<Cd>OPBD</Cd>", b"<Cd>PRCD</Cd>")
    assert read(content)[0].opening == 100_000


def test_without_a_period_the_days_of_the_balances_hold():
    content = statement().replace(b"<Dt>2026-11-30</Dt>", b"<Dt>2026-11-27</Dt>", 1)
    (found,) = read(content)
    assert (found.from_date, found.to_date) == (date(2026, 11, 27), date(2026, 11, 30))


def test_several_statements_in_a_file():
    one = statement(entry(500), total=500)
    start, end = one.index(b"<Stmt>"), one.index(b"</BkToCstmrStmt>")
    assert len(read(one[:end] + one[start:end] + one[end:])) == 2


def test_a_cent_that_is_missing_is_told():
    with pytest.raises(StatementDoesNotAddUp) as refused:
        read(statement(entry(500), closing=100_499))
    assert "1000.00 EUR and entries of 5.00 EUR do not make 1004.99 EUR" in str(refused.value)


GOOD = statement(entry(500), total=500)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (b"<Cd>OPBD</Cd>", b"<Cd>ITBD</Cd>", "OPBD"),
        (b"<Cd>CLBD</Cd>", b"<Cd>CLAV</Cd>", "CLBD"),
        (b"<Dt><Dt>2026-11-30</Dt></Dt></Bal><Bal>", b"</Bal><Bal>", "Dt"),
        (b"<Dt><Dt>2026-11-30</Dt></Dt></Bal><Bal>", b"<Dt><Dt>2026-11-31</Dt></Dt></Bal><Bal>", "Dt"),
        (b">5.00</Amt>", b">5,00</Amt>", "Amt"),
        (b">5.00</Amt>", b">-5.00</Amt>", "Amt"),
        (b">5.00</Amt>", b">5.001</Amt>", "Amt"),
        (b">5.00</Amt>", b"></Amt>", "Amt"),
        (b'<Amt Ccy="EUR">5.00</Amt>', b"", "Amt"),
        (b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<CdtDbtInd>X</CdtDbtInd><Sts>", "CdtDbtInd"),
        (b"<IBAN>" + OWN.encode() + b"</IBAN>", b"", "IBAN"),
        (b"<BookgDt><Dt>2026-11-30</Dt></BookgDt><ValDt><Dt>2026-12-01</Dt></ValDt>", b"", "BookgDt"),
    ],
)
def test_what_cannot_be_read_is_named(before, after, what):
    assert before in GOOD
    with pytest.raises(StatementIncomplete) as refused:
        read(GOOD.replace(before, after, 1))
    assert refused.value.facts == {"what": what}


def test_zeros_behind_the_cents_say_nothing():
    assert read(GOOD.replace(b">5.00</Amt>", b">5.00000</Amt>"))[0].transactions[0].amount == 500
    assert read(GOOD.replace(b">5.00</Amt>", b">5</Amt>"))[0].transactions[0].amount == 500


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<Ccy>EUR</Ccy>", b"<Ccy>HRK</Ccy>"),
        (b'<Amt Ccy="EUR">5.00', b'<Amt Ccy="USD">5.00'),
        (b'<Amt Ccy="EUR">5.00', b"<Amt>5.00"),
        (b'<Amt Ccy="EUR">1000.00', b'<Amt Ccy="USD">1000.00'),
    ],
)
def test_only_euros_are_taken_in(before, after):
    with pytest.raises(OtherCurrency):
        read(GOOD.replace(before, after, 1))


def test_only_ones_own_account_is_taken_in():
    (found,) = read(GOOD)
    check_own(found, {OWN, FARM})
    with pytest.raises(OtherAccount) as refused:
        check_own(found, {FARM})
    assert refused.value.facts == {"iban": OWN}


def test_an_iban_in_groups_is_the_same_account():
    assert read(statement(account="si26 9900 0000 0000 123"))[0].iban == OWN


def test_a_file_without_statements():
    with pytest.raises(StatementIncomplete):
        read(f'<Document xmlns="{NEW}"><BkToCstmrStmt/></Document>'.encode())


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha">]><Document xmlns="'
    + NEW.encode()
    + b'">&a;</Document>'
)
FILE = BOMB.replace(b'"ha"', b'SYSTEM "file:///etc/passwd"')


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (BOMB, HasDoctype),
        (FILE, HasDoctype),
        (GOOD.replace(b"camt.053.001.08", b"camt.052.001.08"), OtherDocument),
        (b"<html/>", OtherDocument),
        (GOOD[:-20], NotXml),
        (b"", NotXml),
        (b"%PDF-1.7", NotXml),
        (GOOD.decode().encode("utf-16"), WrongEncoding),
        (GOOD.replace(b"2026-231", "Št. 1".encode("iso-8859-2")), WrongEncoding),
        (GOOD + b" " * 50_000_000, FileTooLarge),
        (GOOD.replace(b"<Ntry>", b"<Ntry>" + b"<a>" * 60 + b"</a>" * 60), TooDeep),
    ],
    ids=["bomb", "file", "report", "page", "cut", "empty", "pdf", "utf-16", "latin", "50 MB", "deep"],
)
def test_hostile_and_broken_files_are_refused(content, refusal):
    with pytest.raises(refusal):
        read(content)


@dataclass(frozen=True)
class Drawn:
    """An entry: its transactions' cents, whether each tells its amount, whether it is booked."""

    parts: tuple[int, ...]
    told: bool
    booked: bool


ENTRIES = st.lists(
    st.builds(
        Drawn,
        st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=4).map(tuple),
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
)


@given(ENTRIES, st.integers(-(10**9), 10**9))
def test_the_reader_never_loses_a_cent(drawn, opening):
    entries, total = [], 0
    for number, one in enumerate(drawn):
        whole = sum(one.parts)
        details = "".join(
            detail(cents if one.told else None, mark=f"{number}-{place}")
            for place, cents in enumerate(one.parts)
        )
        entries.append(entry(whole, details, status="BOOK" if one.booked else "PDNG"))
        total += whole if one.booked else 0
    (found,) = read(statement(*entries, opening=opening, total=total))
    assert sum(one.amount for one in found.transactions) == found.closing - found.opening == total
    expected = sum(len(one.parts) if one.told else 1 for one in drawn if one.booked)
    assert len(found.transactions) == expected
