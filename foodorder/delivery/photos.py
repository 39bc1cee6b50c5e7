"""Pictures of what was wrong with goods that came, kept with the acceptance that they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.files import HandedIn, read_file
from foodorder.trail.actor import Actor

#: What a picture may be.
PICTURES = frozenset({"image/jpeg", "image/png"})


class NotAPicture(Refusal):
    """A file that is no picture."""

    message = N_("“%(name)s” is not a JPG or PNG picture.")
    default_field = "photo"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it arrives: the key that the device made, its name and bytes."""

    key: UUID
    name: str
    content: bytes


_KEEP = text("""
INSERT INTO acceptance_photo (acceptance_line_id, key, name, media_type, content, received_at, person_id)
VALUES (:acceptance, :key, :name, :media_type, :content, :now, :person)
ON CONFLICT (key) DO NOTHING
""")

_FIND = text("""
SELECT p.name, p.media_type, p.content, n.institution_id, n.producer_id, i.municipality_id
  FROM acceptance_photo p
  JOIN acceptance_line a ON a.id = p.acceptance_line_id
  JOIN delivery_line l ON l.id = a.delivery_line_id
  JOIN delivery_note n ON n.id = l.note_id
  JOIN institution i ON i.id = n.institution_id
 WHERE p.id = :photo
""")

_OF_LINES = text("""
SELECT a.delivery_line_id AS line, p.id FROM acceptance_photo p
  JOIN acceptance_line a ON a.id = p.acceptance_line_id
 WHERE a.delivery_line_id = ANY(CAST(:lines AS bigint[])) ORDER BY p.id
""")


def checked(picture: Picture) -> HandedIn:
    """The picture with its kind, told by its bytes. Raises EmptyFile, NotAKnownFile or NotAPicture."""
    file = read_file(picture.name, picture.content)
    if file.media_type not in PICTURES:
        raise NotAPicture(name=file.name)
    return file


def keep_photo(acceptance_id: int, picture: Picture, *, actor: Actor, now: datetime) -> None:
    """Keep a picture with an acceptance; sent twice, it is kept once. Raises what `checked` raises."""
    file = checked(picture)
    db.session.execute(
        _KEEP,
        {
            "acceptance": acceptance_id,
            "key": picture.key,
            "name": file.name,
            "media_type": file.media_type,
            "content": file.content,
            "now": now,
            "person": actor.person_id,
        },
    )


def find_photo(photo_id: int) -> Row[Any] | None:
    """A picture: name, media_type, content, and whose it is."""
    return db.session.execute(_FIND, {"photo": photo_id}).one_or_none()


def photos_of(line_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Delivered line → its pictures, of all versions of its acceptance."""
    found: dict[int, tuple[int, ...]] = {}
    for row in db.session.execute(_OF_LINES, {"lines": list(line_ids)}):
        found[row.line] = (*found.get(row.line, ()), row.id)
    return found
