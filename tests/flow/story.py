"""A farm, a kitchen and its people, who act by the services; the quantities and sums that come of it."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from foodorder.accounts.models import Person
from foodorder.accounts.personal import Detail, set_detail
from foodorder.billing.models import BankEntry, Invoice
from foodorder.billing.statements import Owner, read_in
from foodorder.delivery import claims
from foodorder.delivery.accept import Noted, accept
from foodorder.delivery.models import DeliveryLine, DeliveryNote
from foodorder.rules.acceptance import AcceptReason, Decision
from foodorder.rules.claims import ClaimKind, ClaimOutcome, Side
from foodorder.rules.permissions import Role
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor, Source
from tests.camt import OWN, statement
from tests.factories import NOW, World
from tests.invoices import AT_THE_DOOR, IBAN, TUESDAY_MORNING

# The five quantities of each offer's line; accepted counts what claims took off or brought instead.
FIVE = text("""
SELECT v.offer_id, o.quantity AS ordered, r.quantity AS recorded, l.quantity AS delivered,
       a.quantity + coalesce((
           SELECT sum(CASE WHEN c.was_accepted THEN c.replaced - c.quantity ELSE c.replaced END)
             FROM claim c
            WHERE c.delivery_line_id = l.id AND c.resolved_at IS NOT NULL), 0)::bigint AS accepted,
       (SELECT sum(CASE i.kind WHEN 'invoice' THEN x.quantity ELSE -x.quantity END)
          FROM invoice_line x JOIN invoice i ON i.id = x.invoice_id
         WHERE x.delivery_line_id = l.id)::bigint AS invoiced,
       (SELECT q.quantity FROM invoiced_quantity q WHERE q.delivery_line_id = l.id) AS counted
  FROM offer_version v
  JOIN order_line o ON o.offer_version_id = v.id
  LEFT JOIN record_line r ON r.order_line_id = o.id
  LEFT JOIN delivery_line l ON l.root_line_id = coalesce(r.root_id, r.id)
  LEFT JOIN acceptance_line a ON a.id = l.acceptance_id
""")


class Story:
    """The farm, the kitchen and its people; what happens, and what is known of it."""

    def __init__(self, world: World, session: Session, clock_at: Callable[[datetime], None]) -> None:
        self.session, self.clock_at = session, clock_at
        clock_at(NOW)
        self.farm = world.add_producer()
        prices = {"carrots": 200, "cheese": 900, "beets": 150, "apples": 133}
        packs = {"carrots": 5_000}
        self.offers = {
            name: world.offer(self.farm, price=price, pack=packs.get(name)) for name, price in prices.items()
        }
        self.kitchen = world.add_institution(iban=OWN)
        self.cycle = world.cycle()
        self.cook = self._person(world, Role.KITCHEN_MANAGER, institution_id=self.kitchen.id)
        self.clerk = self._person(world, Role.ACCOUNTANT, institution_id=self.kitchen.id)
        self.farmer = self._person(world, Role.PRODUCER, producer_id=self.farm.id)
        set_detail(Detail.IBAN, IBAN, producer_id=self.farm.id, actor=self.farmer, now=NOW)
        self.world = world

    def _person(self, world: World, role: Role, **reach: int) -> Actor:
        return Actor(Source.PERSON, world.add_person(role, **reach).id, role.value)

    def order(self, **texts: str) -> None:
        asked = [(self.offers[name], typed) for name, typed in texts.items()]
        cell = self.world.typed(self.cycle, self.kitchen, asked)
        person = self.session.get_one(Person, self.cook.person_id)
        self.world.submit(self.cycle, self.kitchen, cell, person=person)

    def note(self) -> DeliveryNote:
        self.session.expire_all()
        return self.session.query(DeliveryNote).one()

    def line(self, name: str) -> DeliveryLine:
        wanted = self.offers[name].versions[0].name
        return next(line for line in self.note().lines if line.name == wanted)

    def write(self, name: str, quantity: int, reason: AcceptReason | None = None, words: str = "") -> None:
        noted = Noted(self.line(name).id, Decision(quantity, reason, words), 0, uuid4(), AT_THE_DOOR)
        accept(noted, institution_id=self.kitchen.id, actor=self.cook, now=AT_THE_DOOR)

    def claim(self, name: str, quantity: int, now: datetime, *, was_accepted: bool) -> int:
        return claims.open_claim(
            self.line(name).id, ClaimKind.QUALITY, quantity, "Gnilo.", was_accepted=was_accepted,
            actor=self.cook, now=now,
        ).id  # fmt: skip

    def credited(self, claim_id: int, now: datetime) -> None:
        claims.decline(claim_id, "Res je.", actor=self.farmer, now=now)
        claims.close_claim(claim_id, ClaimOutcome.CREDITED, Side.SUPPLIER, actor=self.farmer, now=now)

    def read(self, number: str, *entries: str, total: int, mine: bool = False) -> list[BankEntry]:
        owner = Owner(producer_id=self.farm.id) if mine else Owner(institution_id=self.kitchen.id)
        content = statement(*entries, total=total, number=number, account=IBAN if mine else OWN)
        [taken] = read_in(owner, "izpisek.xml", content, actor=self.clerk, now=TUESDAY_MORNING)
        return taken.entries

    def five(self, what: str) -> dict[str, int | None]:
        """One of the five quantities, by offer."""
        self.session.flush()
        names = {offer.id: name for name, offer in self.offers.items()}
        return {names[row.offer_id]: getattr(row, what) for row in self.session.execute(FIVE)}

    def sums(self, invoice: Invoice) -> tuple[str, int, int, int]:
        self.session.expire_all()
        return invoice.state, invoice.gross_cents, invoice.credited_cents, invoice.paid_cents

    def trail_holds(self, *acts: str) -> None:
        """What was done is in the trail, and the trail verifies."""
        self.session.flush()
        trail.seal()
        verdict = trail.verify(TUESDAY_MORNING)
        assert (verdict.problem, verdict.unsealed) == (None, 0)
        left = set(self.session.scalars(text("SELECT DISTINCT action FROM trail_event")))
        assert set(acts) <= left
