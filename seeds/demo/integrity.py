"""Who has a tie to a farm, and who owns the suppliers."""

from datetime import datetime

from sqlalchemy import exists, select

from foodorder.accounts.interests import Declaring, declarations, declare
from foodorder.accounts.models import OwnershipStatement, Producer
from foodorder.accounts.ownership import enter_statement
from foodorder.db import db
from foodorder.language.times import local
from foodorder.rules.integrity import Relation
from seeds.demo.load import Book
from seeds.demo.load_producers import municipality_of
from seeds.demo.tables import DATA, rows
from seeds.demo.world import World

#: Whose statement of ownership nobody has handed in: municipality and producer.
MISSING_STATEMENT = ("052", "F31")
COOPERATIVE = "Zadruga kmetov z več kot dvajsetimi člani; nihče nima več kot 5 % glasov."


def make_all(world: World, book: Book, now: datetime) -> None:
    """Declarations and statements of ownership, where the municipality has none yet."""
    for code in book.municipalities:
        _declare(book, code, now)
        _enter_statements(world, book, code, now)


def _declare(book: Book, code: str, now: datetime) -> None:
    municipality = municipality_of(code)
    if declarations(municipality.id):
        return
    today = local(now).date()
    for row in rows(DATA / "interests.tsv"):
        if row["municipality"] == code and row["producer"] in book.producers:
            data = Declaring(
                name=row["name"],
                office=row["office"],
                producer_id=book.producers[row["producer"]],
                institution_id=book.institutions.get(row["institution"]),
                relation=Relation(row["relation"]),
                share_bp=int(row["share_bp"]) if row["share_bp"] else None,
                declared_on=today,
                valid_from=today.replace(day=1),
                note=row["note"] or None,
            )
            declare(municipality, data, actor=book.coordinators[code], now=now)


def _enter_statements(world: World, book: Book, code: str, now: datetime) -> None:
    municipality = municipality_of(code)
    if db.session.scalar(select(exists().where(OwnershipStatement.municipality_id == municipality.id))):
        return
    for one in world.producers.values():
        admitted = any(admission.municipality == code for admission in one.admissions)
        if admitted and one.code in book.producers and (code, one.code) != MISSING_STATEMENT:
            enter_statement(
                db.session.get_one(Producer, book.producers[one.code]),
                municipality,
                signed_on=local(now).date(),
                owners=COOPERATIVE if one.kind == "cooperative" else f"{one.contact_name}, 100 %",
                document=None,
                actor=book.coordinators[code],
                now=now,
            )
