"""What does not agree after all: goods found bad a day later, and an invoice with another price than agreed.

The first ends with a credit note, where the invoice was faster; the second waits for the accountant.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import text

from foodorder.billing.goods import Delivered, delivered
from foodorder.billing.take_in import enter
from foodorder.billing.taking import Taken, TakenLine
from foodorder.db import db, transaction
from foodorder.delivery.claims import close_claim, decline, open_claim
from foodorder.rules.claims import ClaimKind, ClaimOutcome, Side
from foodorder.rules.matching import MICROS, value
from foodorder.rules.settlement import totals
from foodorder.rules.vat import Treatment, TreatmentCode
from seeds.demo.acts import Market
from seeds.demo.appetite import chance
from seeds.demo.load import Book
from seeds.demo.money import EACH_DELIVERY, Desk

#: One of so many lines is found to be bad when it is cut; of farms that have invoiced it by then, more.
FOUND_LATER, FOUND_INVOICED = 400, 25
FOUND: tuple[str, ...] = ("V sredini gnilo, videli smo šele pri pripravi.", "Pod vrhom plesnivo.", "Črvivo.")
#: What the price of one line is on the invoice, in thousandths of the agreed one.
DEARER = 1_080

# What was accepted on a day and not claimed yet, whole kilograms of it.
_ACCEPTED = text("""
SELECT l.id, n.producer_id, n.institution_id, a.quantity
  FROM delivery_note n
  JOIN delivery_line l ON l.note_id = n.id
  JOIN acceptance_line a ON a.id = l.acceptance_id AND a.outcome = 'accepted'
 WHERE n.delivery_date = :day AND n.state = 'received' AND a.quantity >= 4000
   AND NOT EXISTS (SELECT FROM claim c WHERE c.delivery_line_id = l.id)
 ORDER BY l.id
""")


def find_bad(market: Market, kitchens: Sequence[str], day: date, now: datetime) -> int:
    """These kitchens find bad what came on an earlier day, and farms credit it; returns how many lines."""
    book = market.book
    of_kitchen = {book.institutions[code]: book.kitchens[code] for code in kitchens}
    sellers = {book.producers[code]: (code, actor) for code, actor in book.sellers.items()}
    rows = db.session.execute(_ACCEPTED, {"day": day}).all()
    db.session.rollback()
    found = 0
    for row in rows:
        code, seller = sellers.get(row.producer_id, ("", None))
        often = FOUND_INVOICED if code in EACH_DELIVERY else FOUND_LATER
        if seller is None or row.institution_id not in of_kitchen or chance(often, "bad", row.id):
            continue
        found += 1
        words = FOUND[chance(len(FOUND), "found", row.id)]
        bad = row.quantity // 4_000 * 1_000
        actor = of_kitchen[row.institution_id]
        with transaction():
            claim = open_claim(
                row.id, ClaimKind.HIDDEN, bad, words, was_accepted=True, actor=actor, now=now
            ).id
            decline(claim, "Žal nam je. Odštejemo pri računu.", actor=seller, now=now + timedelta(minutes=50))
            settled = now + timedelta(minutes=55)
            close_claim(claim, ClaimOutcome.CREDITED, Side.SUPPLIER, actor=seller, now=settled)
    return found


def enter_a_dearer_one(book: Book, desk: Desk, today: date, now: datetime) -> str | None:
    """The accountant enters a farm's own invoice of its newest delivery; one price in it is not the agreed.

    Returns its number, or None where nothing is left to invoice.
    """
    for code, producer in sorted(book.producers.items()):
        goods = [
            one
            for one in delivered(producer, desk.institution, today)
            if one.accepted and one.left and not one.taken
        ]
        last = max((one.delivery_date for one in goods), default=today)
        if code in EACH_DELIVERY or len(newest := [one for one in goods if one.delivery_date == last]) < 2:
            continue
        number = f"{last:%Y}-{last:%j}-{desk.code}"
        dearer, *rest = (_line(one) for one in newest)
        with transaction():
            lines = [_at(dearer, dearer.price * DEARER // 1_000), *rest]
            sums = totals((line.treatment, line.net) for line in lines).total
            taken = Taken(number, last, sums.net, sums.gross, lines, note="Račun je prišel po pošti.")
            enter(desk.institution, producer, taken, actor=desk.accountant, now=now)
        return number
    db.session.rollback()
    return None


def _line(one: Delivered) -> TakenLine:
    price = one.price_cents * MICROS
    return TakenLine(
        name=one.name,
        unit=one.unit,
        quantity=one.left,
        price=price,
        net=value(price, one.left),
        treatment=Treatment(TreatmentCode(one.vat_treatment), one.vat_bp),
        order=one.record,
        note=one.note,
        day=one.delivery_date,
        goods=one.id,
    )


def _at(line: TakenLine, price: int) -> TakenLine:
    return replace(line, price=price, net=value(price, line.quantity))
