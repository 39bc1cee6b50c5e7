"""Statements as banks send them: of our own batch, in any order, broken off in the middle."""

from itertools import permutations
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foodorder.billing import statements
from foodorder.billing.bank_queries import settled_by
from foodorder.billing.models import BankEntry, BankStatement, Payment
from foodorder.billing.pay import make_batch
from foodorder.rules.payments import EntryState
from tests.camt import NEW, OLD, detail, entry, statement
from tests.services.test_payments import OWN, TODAY, WHO, issue_other, owed, paid, read

__all__ = ["owed"]


def transfers(content: bytes) -> list[tuple[str, int]]:
    """What our own batch tells the bank: (mark, cents)."""
    root = ElementTree.fromstring(content)
    marks = [node.text or "" for node in root.iter() if node.tag.endswith("}EndToEndId")]
    sums = [node.text or "" for node in root.iter() if node.tag.endswith("}InstdAmt")]
    return [(mark, int(cents.replace(".", ""))) for mark, cents in zip(marks, sums, strict=True)]


@pytest.mark.parametrize("namespace", [OLD, NEW])
@pytest.mark.parametrize("booked_together", [False, True])
def test_the_bank_answers_our_batch(
    owed: Any, session: Session, namespace: str, booked_together: bool
) -> None:
    """One entry for each transfer, or one for all of them with the transfers in it."""
    other = issue_other(owed)
    batch = make_batch(owed.kitchen.id, [owed.invoice.id, other.id], TODAY, today=TODAY, **WHO)
    sent = transfers(batch.content)
    assert sorted(cents for _mark, cents in sent) == sorted([owed.invoice.gross_cents, other.gross_cents])
    total = -batch.total_cents
    if booked_together:
        inside = "".join(detail(-cents, mark=mark, namespace=namespace) for mark, cents in sent)
        entries = [entry(total, inside, namespace=namespace)]
    else:
        entries = [
            entry(-cents, detail(mark=mark, namespace=namespace), namespace=namespace) for mark, cents in sent
        ]
    content = statement(*entries, total=total, namespace=namespace, account=OWN)
    owner = statements.Owner(institution_id=owed.kitchen.id)
    [taken] = statements.read_in(owner, "izpisek.xml", content, **WHO)
    assert [one.state for one in taken.entries] == [EntryState.EXACT] * 2
    session.expire_all()
    assert [paid(owed, session), (other.state, other.paid_cents)] == [
        ("paid", owed.invoice.gross_cents),
        ("paid", other.gross_cents),
    ]
    told = [part.number for parts in settled_by(taken.entries).values() for part in parts]
    assert sorted(told) == sorted([owed.invoice.number, other.number])


def test_the_order_of_statements_does_not_matter(owed: Any, session: Session) -> None:
    gross = owed.invoice.gross_cents
    days = [(1_000, "1"), (gross - 500, "2"), (700, "3")]
    reference = detail(reference=owed.invoice.reference)
    for order in permutations(days):
        with session.begin_nested() as attempt:
            for cents, number in order:
                read(owed, entry(-cents, reference), total=-cents, number=number)
            assert paid(owed, session) == ("paid", gross)
            waits = session.scalars(select(BankEntry).where(BankEntry.state == EntryState.EXCESS)).all()
            left = sum(abs(one.amount_cents) - abs(one.settled_cents) for one in waits)
            assert left == 1_000 + gross - 500 + 700 - gross
            attempt.rollback()
        session.expire_all()


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_what_breaks_off_leaves_nothing(
    owed: Any, session: Session, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    """Whatever step it dies at, the same file is read in again afterwards, whole."""
    reference = detail(reference=owed.invoice.reference)
    steps = iter(range(1, 100))
    booked = statements.book

    def dying(*args: Any, **more: Any) -> Any:
        if next(steps) == stop:
            raise KeyboardInterrupt
        return booked(*args, **more)

    monkeypatch.setattr(statements, "book", dying)
    three = [entry(-100 * number, reference) for number in (1, 2, 3)]
    with pytest.raises(KeyboardInterrupt), session.begin_nested():
        read(owed, *three, total=-600)
    session.expire_all()
    counted = [session.scalar(select(func.count()).select_from(m)) for m in (BankStatement, Payment)]
    assert counted == [0, 0]
    assert paid(owed, session) == ("approved", 0)
    monkeypatch.undo()
    read(owed, *three, total=-600)
    assert paid(owed, session) == ("approved", 600)
