"""A statement of an account as it is understood here, whatever file it came in; checked when it is built."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from foodorder.rules.errors import N_, Money, Refusal
from foodorder.rules.payments import Entry


class StatementDoesNotAddUp(Refusal):
    """The opening balance and the entries do not come to the closing balance."""

    message = N_(
        "The statement %(statement)s does not add up: %(opening)s and entries of %(entries)s do not make "
        "%(closing)s."
    )
    default_field = "document"


class OtherAccount(Refusal):
    """A statement of an account that is not the reader's own."""

    message = N_("The statement is of the account %(iban)s, which is not yours.")
    default_field = "document"


class OtherCurrency(Refusal):
    """An account or an entry that is not in euros."""

    message = N_("The statement is in %(currency)s; only euros can be taken in.")
    default_field = "document"


class StatementIncomplete(Refusal):
    """Something that every statement has is missing, or cannot be read."""

    message = N_("The statement cannot be read: %(what)s is missing or wrong.")
    default_field = "document"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One movement of money: cents as the account's owner sees it, below zero where money left.

    `reference`: the structured one, "" for none; `mark`: our end-to-end id; `words`: the unstructured text;
    `return_reason`: the bank's code where a transfer came back, "" else; `bank_id`: the bank's own number.
    """

    amount: int
    booked_on: date
    value_date: date
    reference: str = ""
    mark: str = ""
    words: str = ""
    counterparty: str = ""
    counterparty_iban: str = ""
    return_reason: str = ""
    bank_id: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of an account in euros. Raises StatementDoesNotAddUp: no cent is lost between balances."""

    number: str
    iban: str
    from_date: date
    to_date: date
    opening: int
    closing: int
    transactions: tuple[Transaction, ...]

    def __post_init__(self) -> None:
        entries = sum(one.amount for one in self.transactions)
        if self.opening + entries != self.closing:
            raise StatementDoesNotAddUp(
                statement=self.number,
                opening=Money(self.opening),
                entries=Money(entries),
                closing=Money(self.closing),
            )


def check_own(statement: Statement, ibans: Collection[str]) -> None:
    """Refuse a statement of somebody else's account. Raises OtherAccount."""
    if statement.iban not in ibans:
        raise OtherAccount(iban=statement.iban)


def as_entry(transaction: Transaction, *, of_payer: bool) -> Entry:
    """What a movement means for invoices (rules/payments.py): cents above zero pay, below zero come back.

    `of_payer`: it stands on the account of the kitchen that pays, where a payment leaves; else on the
    supplier's, where it arrives.
    """
    amount = -transaction.amount if of_payer else transaction.amount
    return Entry(amount, transaction.reference, transaction.mark, transaction.words)
