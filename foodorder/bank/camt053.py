"""Reading statements of account: ISO 20022 camt.053.001.02 and .08, the old and the new of Slovene banks.

Only booked entries count. An entry that gathers several transactions is taken apart when each tells its
amount and together they make the entry; else it stays one, for a person. What does not add up is refused.
"""

import re
from collections.abc import Iterator
from datetime import date

from lxml import etree

from foodorder.bank.statement import OtherCurrency, Statement, StatementIncomplete, Transaction
from foodorder.exchange.safe_xml import parse
from foodorder.exchange.text import clean
from foodorder.exchange.tree import Node
from foodorder.rules.checkdigits import plainly

NAMESPACES = tuple(f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}" for version in ("02", "08"))
ROOTS = frozenset(f"{{{namespace}}}Document" for namespace in NAMESPACES)
#: Codes of balances: opening (or the closing one of the statement before), closing.
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
#: What banks write where a payment came without an end-to-end id.
NO_MARK = "NOTPROVIDED"
#: The return reason of an entry that the bank reversed without giving one.
REVERSED = "REVERSAL"

_AMOUNT = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,5}))?")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T+Z-].*)?")


def read(content: bytes) -> tuple[Statement, ...]:
    """The statements of a file, each of an account in euros that adds up.

    Raises StatementIncomplete, StatementDoesNotAddUp, OtherCurrency, and what `safe_xml.parse` raises for
    files that are hostile, broken, or something else.
    """
    root = parse(content, ROOTS)
    statements = tuple(_statement(node) for node in _all(root, "BkToCstmrStmt/Stmt"))
    if not statements:
        raise StatementIncomplete(what="Stmt")
    return statements


def _statement(node: Node) -> Statement:
    iban = plainly(_text(node, "Acct/Id/IBAN"))
    if not iban:
        raise StatementIncomplete(what="IBAN")
    _check_currency(_text(node, "Acct/Ccy") or "EUR")
    opening, first = _balance(node, OPENING)
    closing, last = _balance(node, CLOSING)
    return Statement(
        number=_text(node, "Id") or _text(node, "ElctrncSeqNb"),
        iban=iban,
        from_date=_day_in(_first(node, "FrToDt/FrDtTm")) or first,
        to_date=_day_in(_first(node, "FrToDt/ToDtTm")) or last,
        opening=opening,
        closing=closing,
        transactions=tuple(
            one for entry in _all(node, "Ntry") if _is_booked(entry) for one in _transactions(entry, iban)
        ),
    )


def _balance(node: Node, codes: tuple[str, ...]) -> tuple[int, date]:
    """Cents and day of the balance with the first of these codes that there is."""
    for code in codes:
        for balance in _all(node, "Bal"):
            if _text(balance, "Tp/CdOrPrtry/Cd") == code:
                return _signed(balance), _needed_day(balance, "Dt")
    raise StatementIncomplete(what=codes[0])


def _is_booked(entry: Node) -> bool:
    # Version 02 writes the status as text, version 08 as a code within.
    return (_text(entry, "Sts/Cd") or _text(entry, "Sts")) == "BOOK"


def _transactions(entry: Node, own: str) -> Iterator[Transaction]:
    """The transactions of an entry; together they make exactly its amount."""
    whole = _signed(entry)
    details = list(_all(entry, "NtryDtls/TxDtls"))
    amounts = [whole] if len(details) == 1 else [_detail_amount(one, entry) for one in details]
    known = [amount for amount in amounts if amount is not None]
    if len(known) == len(details) and known and sum(known) == whole:
        for detail, amount in zip(details, known, strict=True):
            yield _transaction(entry, detail, amount, own)
    else:
        yield _transaction(entry, None, whole, own)


def _detail_amount(detail: Node, entry: Node) -> int | None:
    """Signed cents of one transaction; None where it does not tell its amount."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = _first(detail, path)
        if found is not None:
            indicator = _text(detail, "CdtDbtInd") or _text(entry, "CdtDbtInd")
            return _cents(found) * _sign(indicator)
    return None


def _transaction(entry: Node, detail: Node | None, amount: int, own: str) -> Transaction:
    booked = _day_in(_first(entry, "BookgDt"))
    value = _day_in(_first(entry, "ValDt")) or booked
    if value is None:
        raise StatementIncomplete(what="BookgDt")
    at = entry if detail is None else detail
    name, iban = ("", "") if detail is None else _counterparty(detail, own, incoming=amount > 0)
    references = (
        [] if detail is None else [_text(one, "Ref") for one in _all(detail, "RmtInf/Strd/CdtrRefInf")]
    )
    mark = _text(at, "Refs/EndToEndId")
    return Transaction(
        amount=amount,
        booked_on=booked or value,
        value_date=value,
        reference=references[0] if len(references) == 1 else "",
        mark="" if mark == NO_MARK else mark,
        words=_words(entry, detail, references),
        counterparty=name,
        counterparty_iban=iban,
        return_reason=_return_reason(entry, at),
        bank_id=_text(at, "Refs/AcctSvcrRef") or _text(entry, "AcctSvcrRef"),
    )


def _words(entry: Node, detail: Node | None, references: list[str]) -> str:
    """All that is told in words; several references stand here, for a person to part the money."""
    told = references if len(references) > 1 else []
    if detail is not None:
        told = told + [_own_text(one) for one in _all(detail, "RmtInf/Ustrd")]
        told += [_own_text(one) for one in _all(detail, "RmtInf/Strd/AddtlRmtInf")]
        told.append(_text(detail, "AddtlTxInf"))
    return " ".join(one for one in told if one) or _text(entry, "AddtlNtryInf")


def _return_reason(entry: Node, at: Node) -> str:
    reason = _text(at, "RtrInf/Rsn/Cd") or _text(at, "RtrInf/Rsn/Prtry")
    came_back = _first(at, "RtrInf") is not None or _text(entry, "RvslInd") in ("true", "1")
    return reason or (REVERSED if came_back else "")


def _counterparty(detail: Node, own: str, *, incoming: bool) -> tuple[str, str]:
    """Name and IBAN of the other side: whose account is not the owner's.

    Who pays is the debtor and who is paid the creditor, also of a transfer that came back.
    """
    sides = ("Dbtr", "Cdtr") if incoming else ("Cdtr", "Dbtr")
    found = [
        (
            _text(detail, f"RltdPties/{side}/Pty/Nm") or _text(detail, f"RltdPties/{side}/Nm"),
            plainly(_text(detail, f"RltdPties/{side}Acct/Id/IBAN")),
        )
        for side in sides
    ]
    return next((side for side in found if side[1] != own and any(side)), ("", ""))


def _signed(node: Node) -> int:
    amount = _first(node, "Amt")
    if amount is None:
        raise StatementIncomplete(what="Amt")
    return _cents(amount) * _sign(_text(node, "CdtDbtInd"))


def _sign(indicator: str) -> int:
    if indicator not in ("CRDT", "DBIT"):
        raise StatementIncomplete(what="CdtDbtInd")
    return 1 if indicator == "CRDT" else -1


def _cents(amount: Node) -> int:
    _check_currency(amount.get("Ccy", ""))
    match = _AMOUNT.fullmatch(_own_text(amount))
    decimals = (match[2] or "").rstrip("0") if match else ""
    if match is None or len(decimals) > 2:
        raise StatementIncomplete(what="Amt")
    return int(match[1]) * 100 + int(decimals.ljust(2, "0"))


def _check_currency(currency: str) -> None:
    if currency != "EUR":
        raise OtherCurrency(currency=currency[:10])


def _needed_day(node: Node, path: str) -> date:
    day = _day_in(_first(node, path))
    if day is None:
        raise StatementIncomplete(what=path)
    return day


def _day_in(node: Node | None) -> date | None:
    """The day that an element holds, in itself or in its Dt or DtTm; None without one."""
    if node is None:
        return None
    match = _DAY.fullmatch(_text(node, "Dt") or _text(node, "DtTm") or _own_text(node))
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def _path(node: Node, path: str) -> str:
    namespace = etree.QName(node).namespace
    return "/".join(f"{{{namespace}}}{step}" for step in path.split("/"))


def _all(node: Node, path: str) -> list[Node]:
    return node.findall(_path(node, path))


def _first(node: Node, path: str) -> Node | None:
    return node.find(_path(node, path))


def _text(node: Node, path: str) -> str:
    found = _first(node, path)
    return "" if found is None else _own_text(found)


def _own_text(node: Node) -> str:
    return clean(node.text or "")
