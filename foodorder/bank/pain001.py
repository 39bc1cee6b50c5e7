"""A batch of SEPA credit transfers for the payer's bank: ISO 20022 pain.001.001.09.

Version 09 and not 03: the Bank Association of Slovenia announced on 13 December 2023 that Slovene banks take
the version of 2019 since 17 March 2024, the older one for a time of transition alone (help.saop.si; ZBS
handbook for credit transfers). It carries no postal addresses, which are optional within the EEA and which
banks no longer take without structure after November 2026 (EPC rulebook). The BIC is optional (Regulation
(EU) 260/2012, art. 5).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from lxml import etree

from foodorder.bank.letters import carried
from foodorder.exchange.tree import Node, as_bytes
from foodorder.rules.checkdigits import check_iban
from foodorder.rules.errors import N_, Money, Refusal
from foodorder.rules.references import check_reference

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
#: Purpose code “purchase and sale of goods”; most letters of names, of words, of ids.
GOODS = "GDDS"
LONGEST_NAME, LONGEST_WORDS, LONGEST_ID = 70, 140, 35
#: What stands where something must, and is not known.
NOT_PROVIDED = "NOTPROVIDED"
#: The largest transfer of the SEPA scheme, cents.
LARGEST = 99_999_999_999

# The default namespace; the stubs of lxml know only named ones.
_NSMAP: Any = {None: NAMESPACE}
_ID = re.compile(rf"(?!/)(?!.*//)[A-Za-z0-9+?/:().,'-]{{1,{LONGEST_ID}}}(?<!/)")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")


class NoTransfers(Refusal):
    """A batch of nothing."""

    message = N_("There is nothing to pay in this batch.")


class AmountOutOfRange(Refusal):
    """A transfer of nothing, or beyond what SEPA carries."""

    message = N_("A transfer of %(amount)s is not possible.")


class MarkTwice(Refusal):
    """Two transfers with the same end-to-end id: their returns could not be told apart."""

    message = N_("The mark %(mark)s stands on two transfers.")


class WrongMark(Refusal):
    """An id with letters that banks do not take, or too long."""

    message = N_("“%(mark)s” cannot be used as a mark of a payment.")


class WrongBic(Refusal):
    """Not a BIC."""

    message = N_("“%(bic)s” is not the code of a bank (BIC).")


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account it is; `bic` None: the bank finds it by the IBAN."""

    name: str
    iban: str
    bic: str | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money for one payee: cents, our mark (end-to-end id), their reference (None: none), words."""

    mark: str
    payee: Account
    amount: int
    reference: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Transfers from one account on one day. `message_id` is never used twice."""

    message_id: str
    created_at: datetime
    payer: Account
    execute_on: date
    transfers: Sequence[Transfer]

    @property
    def total(self) -> int:
        """The control sum in cents."""
        return sum(transfer.amount for transfer in self.transfers)


def write(batch: Batch) -> bytes:
    """The file for the bank; the same bytes for the same batch.

    Raises NoTransfers, AmountOutOfRange, MarkTwice, WrongMark, WrongBic, WrongIban or WrongReference.
    """
    _check(batch)
    count, total = str(len(batch.transfers)), _euros(batch.total)
    header = _e(
        "GrpHdr",
        _e("MsgId", batch.message_id),
        _e("CreDtTm", f"{batch.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"),
        _e("NbOfTxs", count),
        _e("CtrlSum", total),
        _e("InitgPty", _e("Nm", _name(batch.payer))),
    )
    payment = _e(
        "PmtInf",
        _e("PmtInfId", batch.message_id),
        _e("PmtMtd", "TRF"),
        # Each transfer is booked by itself, so that the statement names each.
        _e("BtchBookg", "false"),
        _e("NbOfTxs", count),
        _e("CtrlSum", total),
        _e("PmtTpInf", _e("SvcLvl", _e("Cd", "SEPA"))),
        _e("ReqdExctnDt", _e("Dt", batch.execute_on.isoformat())),
        _e("Dbtr", _e("Nm", _name(batch.payer))),
        _e("DbtrAcct", _iban(batch.payer), _e("Ccy", "EUR")),
        _e("DbtrAgt", _bank(batch.payer)),
        _e("ChrgBr", "SLEV"),
        *(_transfer(transfer) for transfer in batch.transfers),
    )
    return as_bytes(_e("Document", _e("CstmrCdtTrfInitn", header, payment)))


def _check(batch: Batch) -> None:
    if not batch.transfers:
        raise NoTransfers
    for mark, count in Counter(transfer.mark for transfer in batch.transfers).items():
        if count > 1:
            raise MarkTwice(mark=mark)
    for mark in (batch.message_id, *(transfer.mark for transfer in batch.transfers)):
        if not _ID.fullmatch(mark):
            raise WrongMark(mark=mark)
    for transfer in batch.transfers:
        if not 0 < transfer.amount <= LARGEST:
            raise AmountOutOfRange(amount=Money(transfer.amount))
    for account in (batch.payer, *(transfer.payee for transfer in batch.transfers)):
        if account.bic is not None and not _BIC.fullmatch(account.bic):
            raise WrongBic(bic=account.bic)


def _transfer(transfer: Transfer) -> Node:
    parts = [
        _e("PmtId", _e("EndToEndId", transfer.mark)),
        _e("Amt", _e("InstdAmt", _euros(transfer.amount), currency="EUR")),
    ]
    if transfer.payee.bic:
        parts.append(_e("CdtrAgt", _bank(transfer.payee)))
    parts += [
        _e("Cdtr", _e("Nm", _name(transfer.payee))),
        _e("CdtrAcct", _iban(transfer.payee)),
        _e("Purp", _e("Cd", GOODS)),
    ]
    about = _about(transfer)
    if about is not None:
        parts.append(_e("RmtInf", about))
    return _e("CdtTrfTxInf", *parts)


def _about(transfer: Transfer) -> Node | None:
    """What it is paid for: with a reference structured, the words beside it; else the words alone."""
    words = carried(transfer.words, LONGEST_WORDS, slovene=_is_slovene(transfer.payee))
    if transfer.reference is None:
        return _e("Ustrd", words) if words else None
    reference = check_reference(transfer.reference)
    issuer = [_e("Issr", "ISO")] if reference.startswith("RF") else []
    kind = _e("Tp", _e("CdOrPrtry", _e("Cd", "SCOR")), *issuer)
    structured = _e("Strd", _e("CdtrRefInf", kind, _e("Ref", reference)))
    if words:
        structured.append(_e("AddtlRmtInf", words))
    return structured


def _name(account: Account) -> str:
    return carried(account.name, LONGEST_NAME, slovene=_is_slovene(account)) or NOT_PROVIDED


def _is_slovene(account: Account) -> bool:
    return account.iban.lstrip().upper().startswith("SI")


def _iban(account: Account) -> Node:
    return _e("Id", _e("IBAN", check_iban(account.iban)))


def _bank(account: Account) -> Node:
    """The bank by its BIC; who is paid from must be named, so without one it says so."""
    return _e("FinInstnId", _e("BICFI", account.bic) if account.bic else _e("Othr", _e("Id", NOT_PROVIDED)))


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _e(name: str, *content: Node | str, currency: str | None = None) -> Node:
    node = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=_NSMAP)
    if currency is not None:
        node.set("Ccy", currency)
    for one in content:
        if isinstance(one, str):
            node.text = one
        else:
            node.append(one)
    return node
