"""What others do with an order: a second person approves it; after the close somebody asks for less of it."""

from datetime import date

from sqlalchemy import text

from foodorder.db import clock, db, transaction
from foodorder.ordering.approvals import approvers
from foodorder.ordering.decisions import approve
from foodorder.procurement.changes import accept_change, ask_change, refuse_change
from foodorder.procurement.models import ChangeKind, RecordChange
from foodorder.procurement.practices import judge
from foodorder.procurement.wanted import Wanted
from foodorder.rules.permissions import Role
from foodorder.rules.practices import CostBearer
from foodorder.trail.actor import Actor, Source
from seeds.demo.appetite import chance
from seeds.demo.load import THURSDAY, Book

ON_THURSDAY = "V četrtek je zbor učiteljev, jedcev bo manj."
REASONS = (
    "Četrtina otrok je zbolela.",
    "Šesti razredi gredo na izlet.",
    "Športni dan: kosila ne bo.",
    ON_THURSDAY,
)
ANSWERS = ("Velja, še nismo pobrali.", "V redu, pripeljemo manj.", "Razumemo, naslednjič prosim prej.")
TOO_LATE = "Žal je blago že pripravljeno."

# Lines of one record, of which there is enough to take away some; in an order that only chance picks from.
_LINES = text("""
SELECT l.id, l.record_id, l.quantity, l.delivery_date, v.order_step, r.institution_id, r.producer_id
  FROM procurement_record r
  JOIN record_line l ON l.record_id = r.id
  JOIN offer_version v ON v.id = l.offer_version_id
 WHERE r.cycle_id = :cycle AND r.superseded_by_id IS NULL AND l.quantity >= 4 * v.order_step
   AND (CAST(:producer AS integer) IS NULL OR r.producer_id = :producer)
   AND (CAST(:institution AS integer) IS NULL OR r.institution_id = :institution)
 ORDER BY l.id
""")

_UNAPPROVED = text("""
SELECT a.submission_id
  FROM order_approval a
  JOIN weekly_order w ON w.current_submission_id = a.submission_id
  JOIN cycle c ON c.id = w.cycle_id AND c.state = 'open' AND c.week = :week
 WHERE a.state = 'waiting' ORDER BY a.submission_id
""")

_WAITING = text("""
SELECT ch.id, r.producer_id
  FROM record_change ch JOIN procurement_record r ON r.id = ch.record_id
 WHERE r.cycle_id = :cycle AND ch.state = 'asked'
 ORDER BY ch.id LIMIT 1
""")


def approve_all(week: date) -> int:
    """Whoever may approves the orders of a delivery week that wait for it; returns how many."""
    waiting = db.session.scalars(_UNAPPROVED, {"week": week}).all()
    db.session.rollback()
    for submission in waiting:
        with transaction():
            if people := approvers(submission):
                approve(submission, actor=Actor(Source.PERSON, people[0].id, Role.APPROVER))
    return len(waiting)


def ask_for_less(
    book: Book, cycle_id: int, *, institution: int | None = None, producer: int | None = None
) -> bool:
    """A kitchen asks for about half of one line less; returns whether there was one to ask about."""
    wanted = {"cycle": cycle_id, "institution": institution, "producer": producer}
    rows = db.session.execute(_LINES, wanted).all()
    db.session.rollback()
    kitchens = {book.institutions[code]: actor for code, actor in book.kitchens.items()}
    rows = [row for row in rows if row.institution_id in kitchens]
    if not rows:
        return False
    reason = REASONS[chance(len(REASONS), "why", cycle_id)]
    if reason == ON_THURSDAY:
        # What is asked for has to fit what is said.
        thursdays = [row for row in rows if row.delivery_date.weekday() == THURSDAY]
        reason = reason if thursdays else REASONS[0]
        rows = thursdays or rows
    line = rows[chance(len(rows), "line", cycle_id)]
    less = line.quantity // 2 // line.order_step * line.order_step
    with transaction():
        ask_change(
            line.record_id,
            ChangeKind.REDUCTION,
            [Wanted(less, record_line_id=line.id)],
            reason,
            actor=kitchens[line.institution_id],
            now=clock(),
        )
    return True


def answer(book: Book, cycle_id: int) -> bool:
    """The producer answers what was asked first; returns whether anybody waited."""
    waiting = db.session.execute(_WAITING, {"cycle": cycle_id}).one_or_none()
    db.session.rollback()
    sellers = {book.producers[code]: actor for code, actor in book.sellers.items()}
    if waiting is None or waiting.producer_id not in sellers:
        return False
    actor = sellers[waiting.producer_id]
    with transaction():
        if chance(4, "too late", cycle_id) == 0:
            refuse_change(waiting.id, TOO_LATE, actor=actor, now=clock())
        else:
            allowed = judge(db.session.get_one(RecordChange, waiting.id)).bearers
            free = CostBearer.NOBODY in allowed and chance(3, "bearer", cycle_id) != 0
            bearer = CostBearer.NOBODY if free else CostBearer.INSTITUTION
            words = ANSWERS[chance(len(ANSWERS), "words", cycle_id)]
            accept_change(waiting.id, bearer, words, actor=actor, now=clock())
    return True
