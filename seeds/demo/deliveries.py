"""A day of deliveries: farms pack and leave, kitchens accept, and now and then something is wrong.

About one line in a hundred is not accepted whole. Half of the claims end with other goods the same morning,
most others with a credit note, few with a purchase elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Row, text

from foodorder.db import db, transaction
from foodorder.delivery.accept import Noted, accept
from foodorder.delivery.accept_whole import accept_whole
from foodorder.delivery.claims import Cover, Replacement, close_claim, decline, open_claim, promise
from foodorder.delivery.corrections import LotOf, write_lots
from foodorder.delivery.moves import leave
from foodorder.delivery.shortfalls import Less, tell_short
from foodorder.rules.acceptance import AcceptReason, Decision
from foodorder.rules.calendar import local_instant
from foodorder.rules.claims import KIND_OF_REASON, ClaimOutcome, Side
from foodorder.rules.delivery import ShortReason
from foodorder.rules.money import line_net
from foodorder.trail.actor import Actor
from seeds.demo import oddities
from seeds.demo.acts import Market
from seeds.demo.appetite import chance
from seeds.demo.clock import ZONE
from seeds.demo.load import Book

#: One of so many lines is not accepted whole, one of so many notes lacks something.
NOT_WHOLE, SHORT = 110, 90
#: What is wrong, and how kitchens say it.
WRONG: tuple[tuple[AcceptReason, str], ...] = (
    (AcceptReason.LESS, "Manjka en zaboj."),
    (AcceptReason.QUALITY, "Del je nagnit."),
    (AcceptReason.QUALITY, "Ovenelo, ni za solato."),
    (AcceptReason.PACKAGING, "Raztrgana embalaža."),
    (AcceptReason.MISSING, "Ni bilo v dostavi."),
)
SHORTS: tuple[tuple[ShortReason, str], ...] = (
    (ShortReason.SMALL_HARVEST, "Premalo je dozorelo."),
    (ShortReason.QUALITY, "Za prodajo ni dovolj lepo."),
    (ShortReason.BREAKDOWN, "Pokvarila se je hladilnica."),
)

_NOTES = text("""
SELECT n.id, n.producer_id, n.institution_id, n.state, l.id AS line, l.root_line_id, l.quantity, l.unit,
       l.use_by, r.product_id, r.price_cents, t.lowest, t.highest
  FROM delivery_note n
  JOIN delivery_line l ON l.note_id = n.id
  JOIN record_line r ON r.id = l.record_line_id
  LEFT JOIN temperature_limit t ON t.code = l.temperature
 WHERE n.delivery_date = :day AND n.state IN ('draft', 'prepared', 'on_the_way')
 ORDER BY n.id, l.position, l.part
""")


@dataclass(frozen=True, slots=True)
class Moment:
    """The times of a delivery day."""

    packed: datetime
    left: datetime
    accepted: datetime
    answered: datetime
    settled: datetime

    @classmethod
    def on(cls, day: date, zone: str) -> "Moment":
        """Packed at five, brought at a quarter past six, answered within the hour."""
        six = local_instant(day, time(6, 15), zone)
        packed = six - timedelta(minutes=75)
        left = packed + timedelta(minutes=20)
        return cls(packed, left, six, six + timedelta(minutes=25), six + timedelta(minutes=55))


def send(market: Market, producers: Sequence[str], day: date) -> None:
    """These producers pack and bring what comes on a day."""
    rows, at = _notes(day), Moment.on(day, ZONE)
    for code in producers:
        number = market.book.producers[code]
        own = [row for row in rows if row.producer_id == number]
        if own:
            _send(number, own, day, market.book.sellers[code], at)


def take(market: Market, kitchens: Sequence[str], day: date) -> None:
    """These kitchens accept what came on a day."""
    rows, at = _notes(day), Moment.on(day, ZONE)
    for code in kitchens:
        number = market.book.institutions[code]
        own = [row for row in rows if row.institution_id == number]
        _take(market.book, number, own, market.book.kitchens[code], at)


def _notes(day: date) -> Sequence[Row[Any]]:
    rows = db.session.execute(_NOTES, {"day": day}).all()
    db.session.rollback()
    return rows


def _send(producer: int, rows: Sequence[Row[Any]], day: date, actor: Actor, at: Moment) -> None:
    """Lots are written once for all doors; one farm now and then has less than was ordered."""
    lots = {row.product_id: LotOf(f"{row.product_id}-{day:%j}", row.use_by) for row in rows}
    notes = {row.id for row in rows if row.state != "on_the_way"}
    if not notes:
        return
    with transaction():
        write_lots(producer, day, lots, actor=actor, now=at.packed)
        line = rows[chance(len(rows), "short line", producer, day)]
        if chance(SHORT, "short", producer, day) == 0 and line.quantity > 2_000:
            reason, words = SHORTS[chance(len(SHORTS), "why short", producer, day)]
            less = Less(line.id, line.root_line_id, line.quantity // 2_000 * 1_000)
            tell_short(producer, [less], reason, words, actor=actor, now=at.packed)
    if chance(2, "says so", producer) == 0:
        # Others bring it and press nothing.
        with transaction():
            leave(producer, notes, actor=actor, now=at.left)


def _take(book: Book, institution: int, rows: Sequence[Row[Any]], actor: Actor, at: Moment) -> None:
    code = next(code for code, number in book.institutions.items() if number == institution)
    unseen = {row.id for row in rows if oddities.unseen(code, row.producer_id, book)}
    wrong = [
        row
        for row in rows
        if row.id not in unseen and row.quantity > 0 and chance(NOT_WHOLE, "wrong", row.line) == 0
    ]
    with transaction():
        if unseen:
            accept_whole(unseen, institution_id=institution, actor=actor, now=at.left + timedelta(seconds=40))
        for row in wrong:
            _accept_part(institution, row, actor, at)
        accept_whole(
            {row.id for row in rows},
            institution_id=institution,
            temperatures={row.line: _measured(row) for row in rows if row.highest or row.lowest},
            actor=actor,
            now=at.accepted,
        )
    for row in wrong:
        _claim(book, row, actor, at)


def _accept_part(institution: int, row: Row[Any], actor: Actor, at: Moment) -> None:
    reason, words = _what_is_wrong(row)
    noted = Noted(
        row.line,
        Decision(_accepted(row), reason, words),
        0,
        uuid5(NAMESPACE_URL, f"demo {row.line}"),
        at.accepted,
        temperature=_measured(row) if row.highest or row.lowest else None,
    )
    accept(noted, institution_id=institution, actor=actor, now=at.accepted)


def _claim(book: Book, row: Row[Any], actor: Actor, at: Moment) -> None:
    """What was refused is claimed; the farm brings other goods, or says that it cannot."""
    reason, words = _what_is_wrong(row)
    missing = _sent(row) - _accepted(row)
    if missing <= 0:
        return
    seller = next(one for code, one in book.sellers.items() if book.producers[code] == row.producer_id)
    with transaction():
        claim = open_claim(
            row.line, KIND_OF_REASON[reason], missing, words, was_accepted=False, actor=actor, now=at.accepted
        ).id
        end = chance(10, "claim", row.line)
        if end < 5:
            promise(claim, at.settled, "Pripeljemo še ta dopoldan.", actor=seller, now=at.answered)
            goods = Replacement(missing, f"{row.product_id}-N", row.use_by)
            close_claim(
                claim, ClaimOutcome.REPLACED, Side.BUYER, replacement=goods, actor=actor, now=at.settled
            )
            return
        decline(claim, "Danes ne moremo nadomestiti.", actor=seller, now=at.answered)
        if end < 9:
            close_claim(claim, ClaimOutcome.CREDITED, Side.SUPPLIER, actor=seller, now=at.settled)
        else:
            net = line_net(row.price_cents, missing) * 13 // 10
            cover = Cover(
                "Trgovina Vzorec", f"R{row.line}", at.settled.date(), missing, net, net * 95 // 1000
            )
            close_claim(claim, ClaimOutcome.COVERED, Side.BUYER, cover=cover, actor=actor, now=at.settled)


def _what_is_wrong(row: Row[Any]) -> tuple[AcceptReason, str]:
    return WRONG[chance(len(WRONG), "what", row.line)]


def _sent(row: Row[Any]) -> int:
    sent: int = db.session.execute(
        text("SELECT quantity FROM delivery_line WHERE id = :line"), {"line": row.line}
    ).scalar_one()
    return sent


def _accepted(row: Row[Any]) -> int:
    """What is accepted of a line that is not whole, in whole units."""
    reason, _words = _what_is_wrong(row)
    if reason is AcceptReason.MISSING:
        return 0
    share = 5 + chance(4, "share", row.line)
    accepted: int = min(row.quantity * share // 10_000 * 1_000, _sent(row) - 1_000)
    return max(accepted, 0) if accepted else 0


def _measured(row: Row[Any]) -> int:
    """A temperature within the limits."""
    if row.highest is not None:
        return int(row.highest) - 5 - chance(20, "warm", row.line)
    return int(row.lowest) + 10 + chance(30, "warm", row.line)
