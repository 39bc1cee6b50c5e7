"""Samples of recorded lines: drawn from a seed, kept with what they were drawn from, worked off."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert

from foodorder.audit.desk.models import Sample, SampleCheck, SampleLine, Verdict
from foodorder.audit.selection import CHOSEN, LINES, OF_THE_WEEKS, Selection
from foodorder.audit.then import IN_FORCE
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.sampling import Item, Method, draw, fingerprint
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: A sample that nobody could work off is none.
LARGEST = 1_000
#: Bytes of a seed that the machine draws.
SEED_BYTES = 8


class TooLarge(Refusal):
    """More lines than anybody looks at one by one."""

    message = N_("Draw at most %(most)s lines at once.")
    default_field = "size"


class RemarkMissing(Refusal):
    """A remark without words."""

    message = N_("Write what you found.")
    default_field = "remark"


# Of records in force at a moment: written before it, and replaced after it or never.
_POPULATION = text(
    "SELECT l.id, l.net_cents"
    + LINES
    + CHOSEN.replace(
        "r.superseded_by_id IS NULL",
        IN_FORCE.strip(),
    )
    + OF_THE_WEEKS
)

_SAMPLES = text("""
SELECT s.*, p.name AS drawn_by,
       (SELECT count(*) FROM sample_line l WHERE l.sample_id = s.id) AS lines,
       (SELECT count(*) FROM sample_check c WHERE c.sample_id = s.id) AS checked,
       (SELECT count(*) FROM sample_check c WHERE c.sample_id = s.id AND c.verdict = 'remark') AS remarks
  FROM sample s JOIN person p ON p.id = s.drawn_by_id
 WHERE s.municipality_id = :municipality AND (CAST(:sample AS integer) IS NULL OR s.id = :sample)
 ORDER BY s.id DESC LIMIT 200
""")

_LINES = text("""
SELECT l.position, l.hits, l.record_line_id, r.id AS record_id, r.number, r.superseded_by_id,
       x.delivery_date, x.name, x.unit, x.quantity, x.grams, x.price_cents, x.net_cents,
       i.short_name AS institution, s.name AS producer, c.verdict, c.remark, c.checked_at,
       p.name AS checked_by
  FROM sample_line l
  JOIN record_line x ON x.id = l.record_line_id
  JOIN procurement_record r ON r.id = x.record_id
  JOIN institution i ON i.id = r.institution_id
  JOIN producer s ON s.id = r.producer_id
  LEFT JOIN sample_check c ON c.sample_id = l.sample_id AND c.position = l.position
  LEFT JOIN person p ON p.id = c.checked_by_id
 WHERE l.sample_id = :sample ORDER BY l.position
""")

_WORTH = text("""
SELECT coalesce(sum(c.lines), 0)::bigint AS lines, coalesce(sum(c.net_cents), 0)::bigint AS net_cents
  FROM spend_cell c JOIN food_type t ON t.id = c.food_type_id
 WHERE c.institution_id = ANY(CAST(:institutions AS integer[])) AND c.month BETWEEN :first AND :last
   AND (CAST(:producer AS integer) IS NULL OR c.producer_id = :producer)
   AND (CAST(:food_group AS integer) IS NULL OR t.food_group_id = :food_group)
   AND (CAST(:food_type AS integer) IS NULL OR t.id = :food_type)
   AND (CAST(:cpv AS text) IS NULL OR starts_with(t.cpv, :cpv))
   AND (CAST(:basis AS text) IS NULL OR c.basis = :basis)
   AND (CAST(:certificate AS text) IS NULL OR c.certificate = :certificate)
""")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an auditor asks for; without a seed the machine draws one."""

    title: str
    method: Method
    size: int
    seed: str | None = None


def worth(selection: Selection) -> Row[Any]:
    """How many lines there are to draw from, and their net cents, of whole months: from the summaries."""
    return db.session.execute(_WORTH, selection.parameters()).one()


def population(selection: Selection, moment: datetime) -> list[Item]:
    """The lines of a selection that were in force at a moment."""
    rows = db.session.execute(_POPULATION, {**selection.parameters(), "moment": moment})
    return [Item(row.id, row.net_cents) for row in rows]


def draw_sample(wish: Wish, selection: Selection, *, actor: Actor, now: datetime) -> Sample:
    """Draw lines and keep them with the seed, and with the size and fingerprint of what they were drawn from.

    Nobody can change or remove it afterwards: whoever tries seeds until one pleases leaves them all.
    Raises TooLarge, NothingToDraw, MoreThanThereIs.
    """
    if wish.size > LARGEST:
        raise TooLarge(most=LARGEST)
    items = population(selection, now)
    seed = wish.seed or secrets.token_hex(SEED_BYTES)
    drawn = draw(wish.method, seed, items, wish.size)
    filters = {
        name: value
        for name, value in asdict(selection).items()
        if value is not None and name not in ("municipality_id", "first", "last")
    }
    sample = Sample(
        municipality_id=selection.municipality_id, title=wish.title, method=wish.method, seed=seed,
        seed_given=wish.seed is not None, size=wish.size, first=selection.first, last=selection.last,
        selection=filters, population=len(items), population_cents=sum(item.cents for item in items),
        fingerprint=fingerprint(items), drawn_at=now, drawn_by_id=actor.person_id,
    )  # fmt: skip
    db.session.add(sample)
    db.session.flush()
    db.session.execute(
        insert(SampleLine),
        [
            {"sample_id": sample.id, "position": place, "record_line_id": one.number, "hits": one.hits}
            for place, one in enumerate(drawn, start=1)
        ],
    )
    trail.record(
        actor, "sample.drawn", "sample", sample.id, now=now, municipality_id=selection.municipality_id,
        after={
            "name": wish.title, "method": wish.method.value, "seed": seed, "lines": len(drawn),
            "population": len(items), "fingerprint": sample.fingerprint.hex(),
        },
    )  # fmt: skip
    return sample


def samples(municipality_id: int) -> Sequence[Row[Any]]:
    """The samples of a municipality with how far each is worked off, newest first."""
    return db.session.execute(_SAMPLES, {"municipality": municipality_id, "sample": None}).all()


def sample_of(sample_id: int, municipality_id: int) -> Row[Any] | None:
    """One sample as in the list; None for another municipality's."""
    of = {"municipality": municipality_id, "sample": sample_id}
    return db.session.execute(_SAMPLES, of).one_or_none()


def lines_of(sample_id: int) -> Sequence[Row[Any]]:
    """The drawn lines in the order of drawing, with what was found."""
    return db.session.execute(_LINES, {"sample": sample_id}).all()


def drawn_from(sample: Row[Any]) -> list[Item]:
    """What a sample was drawn from, read anew: its fingerprint tells whether it is the same."""
    selection = Selection(sample.municipality_id, sample.first, sample.last, **sample.selection)
    return population(selection, sample.drawn_at)


def check_line(
    sample_id: int, position: int, verdict: Verdict, remark: str | None, *, person_id: int, now: datetime
) -> None:
    """Note what was found of a line, in the place of what was noted before. Raises RemarkMissing."""
    said = (remark or "").strip() or None
    if verdict is Verdict.REMARK and said is None:
        raise RemarkMissing
    values = {"verdict": verdict, "remark": said, "checked_at": now, "checked_by_id": person_id}
    row = insert(SampleCheck).values(sample_id=sample_id, position=position, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["sample_id", "position"], set_=values))
