"""Invoices and payments: more than was agreed, to another account, or all through one pair of hands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from foodorder.rules.errors import N_
from foodorder.rules.facts import Money
from foodorder.rules.red_flags.model import (
    Family,
    Item,
    Parameter,
    Party,
    Raised,
    Rule,
    Severity,
    Subject,
    grouped,
)
from foodorder.rules.red_flags.statistics import WHOLE


@dataclass(frozen=True, slots=True)
class InvoicedLine:
    """A line of an invoice, less its credit notes, beside what was accepted at agreed prices; net cents."""

    institution: Party
    producer: Party
    invoice: int
    number: str
    name: str
    day: date
    invoiced: int
    right: int


def above_agreed(facts: Sequence[InvoicedLine], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """An invoice asks for more than what was accepted comes to at the agreed prices."""
    for invoice, lines in grouped(facts, lambda one: one.invoice).items():
        above = [one for one in lines if one.invoiced > one.right]
        extra = sum(one.invoiced - one.right for one in above)
        right = sum(one.right for one in lines)
        if not above or extra < numbers["cents"] or extra * WHOLE < right * numbers["share"]:
            continue
        one = above[0]
        yield Raised(
            str(invoice),
            Subject("invoice", invoice, one.institution.id, one.producer.id),
            one.day,
            one.day,
            {
                "producer": one.producer.name,
                "institution": one.institution.name,
                "number": one.number,
                "sum": Money(extra),
                "right": Money(right),
                "count": len(above),
            },
            [
                Item("invoice", invoice, line.name, line.day,
                     {"agreed": Money(line.right), "invoiced": Money(line.invoiced)})
                for line in sorted(above, key=lambda line: line.right - line.invoiced)
            ],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """An invoice and the account it asks to be paid to, its last four signs for people.

    `fingerprint` tells accounts apart; `paid`: the day of the first payment or transfer, None: not yet.
    `recent`: of the month that is looked at.
    """

    institution: Party
    producer: Party
    invoice: int
    number: str
    issued: date
    fingerprint: str
    ending: str
    gross: int
    paid: date | None
    recent: bool


def account_changed(facts: Sequence[Account], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """An invoice asks for payment to another account than the one before; soon paid, or not yet."""
    for producer, invoices in grouped(facts, lambda one: one.producer).items():
        ordered = sorted(invoices, key=lambda one: (one.issued, one.invoice))
        for before, after in pairwise(ordered):
            if before.fingerprint == after.fingerprint or not after.recent:
                continue
            if after.paid is not None and (after.paid - after.issued).days > numbers["days"]:
                continue
            changed = [one for one in ordered if one.fingerprint == after.fingerprint and one.recent]
            yield Raised(
                f"{producer.id}:{after.fingerprint}",
                Subject("invoice", after.invoice, after.institution.id, producer.id),
                before.issued,
                max(one.issued for one in changed),
                {
                    "producer": producer.name,
                    "before": before.ending,
                    "account": after.ending,
                    "day": after.issued,
                    "count": len(changed),
                    "sum": Money(sum(one.gross for one in changed)),
                    "paid": sum(one.paid is not None for one in changed),
                },
                [
                    Item(
                        "invoice", one.invoice, f"{one.number}, {one.institution.name}", one.issued, _of(one)
                    )
                    for one in (before, *changed)
                ],
            )
            break


def _of(one: Account) -> dict[str, Money | str | date]:
    values: dict[str, Money | str | date] = {"account": one.ending, "gross": Money(one.gross)}
    return values | ({"paid": one.paid} if one.paid else {})


@dataclass(frozen=True, slots=True)
class Handled:
    """An invoice and who did the steps that led to its payment: step → numbers of persons.

    Steps: 'ordered', 'approved' (the order), 'accepted', 'passed' (the invoice), 'paid'.
    """

    institution: Party
    producer: Party
    invoice: int
    number: str
    day: date
    gross: int
    steps: Mapping[str, frozenset[int]]
    names: Mapping[int, str]


#: Before the money leaves, and when it does: one person alone should not do both.
BUYING, PAYING = frozenset({"ordered", "approved", "accepted"}), frozenset({"passed", "paid"})


def one_person(facts: Sequence[Handled], numbers: Mapping[str, int]) -> Iterator[Raised]:
    """One person did so many of the steps from order to payment, on the buying and on the paying side."""
    found = [
        (person, steps, one)
        for one in facts
        for person, steps in _by_person(one).items()
        if len(steps) >= numbers["steps"] and steps & BUYING and steps & PAYING
    ]
    by = grouped(found, lambda row: (row[2].institution, row[0]))
    for (institution, person), rows in by.items():
        last = max(one.day for _person, _steps, one in rows)
        yield Raised(
            f"{institution.id}:{person}:{last:%Y-%m}",
            Subject("institution", institution.id, institution.id),
            min(one.day for _person, _steps, one in rows),
            last,
            {
                "institution": institution.name,
                "person": rows[0][2].names.get(person, ""),
                "steps": max(len(steps) for _person, steps, _one in rows),
                "count": len(rows),
                "sum": Money(sum(one.gross for _person, _steps, one in rows)),
            },
            [
                Item("invoice", one.invoice, f"{one.number}, {one.producer.name}", one.day,
                     {"gross": Money(one.gross), "step": ", ".join(sorted(steps))})
                for _person, steps, one in rows
            ],
        )  # fmt: skip


def _by_person(one: Handled) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for step, persons in one.steps.items():
        for person in persons:
            found.setdefault(person, set()).add(step)
    return found


RULES = (
    Rule(
        "above_agreed", 1, Family.MONEY, Severity.HIGH,
        N_("Invoiced above what was agreed"),
        N_(
            "Invoice %(number)s of %(producer)s to %(institution)s asks for %(sum)s more than what was"
            " accepted comes to at the agreed prices (%(right)s net). Lines: %(count)s."
        ),
        N_(
            "What is paid is what was accepted, at the price that was agreed. The comparison looks at all"
            " invoices less their credit notes, also at those that somebody released."
        ),
        N_("Court of Audit, schools, 2018; ZJN-3, art. 95"),
        {
            "cents": Parameter(100, "cents", N_("From this sum on")),
            "share": Parameter(50, "bp", N_("From this share of the invoice on")),
        },
        InvoicedLine, above_agreed,
    ),
    Rule(
        "account_changed", 1, Family.MONEY, Severity.HIGH,
        N_("Another account shortly before the payment"),
        N_(
            "Since %(day)s invoices of %(producer)s ask for payment to the account %(account)s; before it"
            " was %(before)s. Invoices: %(count)s for %(sum)s, paid or on their way: %(paid)s."
        ),
        N_(
            "A changed account is the commonest trick with invoices: somebody writes in the supplier’s name."
            " A telephone call to a number that was known before settles it."
        ),
        N_("Europol, Invoice fraud; SI-CERT"),
        {"days": Parameter(60, "days", N_("Paid within so many days of the change"))},
        Account, account_changed,
    ),
    Rule(
        "one_person", 1, Family.MONEY, Severity.HIGH,
        N_("One person from the order to the payment"),
        N_(
            "At %(institution)s %(person)s did %(steps)s of the five steps order, approval, acceptance,"
            " invoice and payment. Invoices: %(count)s for %(sum)s."
        ),
        N_(
            "Whoever buys does not pay: then nobody has to be trusted blindly. Where few people work, the"
            " head looks through the payments of a month instead."
        ),
        N_("ZJF, art. 100; ZJN-3, art. 91"),
        {"steps": Parameter(3, "count", N_("From so many of the five steps on"))},
        Handled, one_person,
    ),
)  # fmt: skip
