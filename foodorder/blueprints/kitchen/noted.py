"""What a person notes of arriving goods: read from a form, written line by line, and what became of each.

A form may speak of one line or of many; its fields carry the line's number: q-7, reason-7. Each line is
written or refused for itself, so that one that is wrong keeps no other from being saved.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from uuid import UUID, uuid4

from werkzeug.datastructures import FileStorage, MultiDict

from foodorder.db import db, retrying
from foodorder.delivery.accept import Noted, accept
from foodorder.delivery.arriving import ArrivingLine
from foodorder.delivery.photos import Picture, checked, keep_photo
from foodorder.language import formats
from foodorder.rules.acceptance import AcceptReason, ChangedMeanwhile, Decision
from foodorder.rules.errors import Refusal
from foodorder.rules.quantity import parse_quantity
from foodorder.rules.temperature import parse_temperature
from foodorder.trail.actor import Actor

#: Fields of a line, as its form names them before the number.
FIELDS = ("q", "reason", "words", "temperature", "lot", "weighed", "photo")
#: The field in which a refusal of the rules stands.
PLACES = {"accepted": "q", "quantity": "q"}
LONGEST_WORDS, LONGEST_LOT = 500, 60


@dataclass
class Entry:
    """What was typed of one line, and what became of it: `wrong` says field → sentence."""

    line: ArrivingLine
    typed: dict[str, str]
    noted: Noted | None = None
    pictures: tuple[Picture, ...] = ()
    wrong: dict[str, str] = field(default_factory=dict)
    #: Somebody else wrote meanwhile; `version` is the one to name when one writes again.
    conflict: bool = False
    version: int = 0

    @property
    def is_saved(self) -> bool:
        """Whether it was written."""
        return not self.wrong

    @property
    def status(self) -> int:
        """As HTTP says it."""
        return 409 if self.conflict else 422 if self.wrong else 200


def read_entries(
    lines: Iterable[ArrivingLine],
    form: MultiDict[str, str],
    files: MultiDict[str, FileStorage],
    now: datetime,
) -> list[Entry]:
    """What a form says of the lines that it names; of rows without a quantity nothing is said."""
    known = {str(line.id): line for line in lines}
    named = [number for number in dict.fromkeys(form.getlist("line")) if number in known]
    refused = form.get("do") == "refused"
    entries = []
    for number in named:
        if refused or form.get(f"q-{number}", "").strip():
            entries.append(_entry(known[number], number, form, files, now, refused))
    return entries


def _entry(
    line: ArrivingLine,
    number: str,
    form: MultiDict[str, str],
    files: MultiDict[str, FileStorage],
    now: datetime,
    refused: bool,
) -> Entry:
    typed = {name: form.get(f"{name}-{number}", "").strip() for name in FIELDS}
    if refused:
        typed["q"] = "0"
    entry = Entry(line, typed, version=line.version)
    quantity = _read(entry, "q", lambda text: parse_quantity(text, unit=line.unit))
    temperature = _read(entry, "temperature", parse_temperature)
    weighed = _read(entry, "weighed", parse_quantity) if line.unit != "KGM" else None
    entry.pictures = tuple(_pictures(entry, number, form, files))
    if entry.wrong or quantity is None:
        return entry
    reason = AcceptReason(typed["reason"]) if typed["reason"] in set(AcceptReason) else None
    # All of it is all of it, whatever stands in a field that was opened before.
    reason = None if quantity == line.quantity else reason
    words = _words(line, quantity, reason, typed["words"], form.get("words", "").strip())
    entry.noted = Noted(
        line.id,
        Decision(quantity, reason, words[:LONGEST_WORDS]),
        _number(form.get(f"expected-{number}", "")),
        _key(form.get(f"key-{number}", "")),
        min(_instant(form.get(f"at-{number}", ""), now), now),
        temperature,
        typed["lot"][:LONGEST_LOT] or None,
        weighed,
    )
    return entry


def _words(line: ArrivingLine, quantity: int, reason: AcceptReason | None, own: str, of_all: str) -> str:
    """The line's own words; those that stand where nothing else is said; else the page's, for corrections."""
    if own or not line.version:
        return own
    same = (quantity, reason.value if reason else None) == (line.accepted, line.reason)
    return (line.words or "") if same else of_all


def _read(entry: Entry, name: str, parse: Callable[[str], int]) -> int | None:
    if not entry.typed[name]:
        return None
    try:
        return parse(entry.typed[name])
    except Refusal as reason:
        entry.wrong[name] = formats.refusal(reason)
        return None


def _pictures(
    entry: Entry, number: str, form: MultiDict[str, str], files: Mapping[str, FileStorage]
) -> Iterable[Picture]:
    file = files.get(f"photo-{number}")
    if file is None or not file.filename:
        return
    picture = Picture(_key(form.get(f"photokey-{number}", "")), file.filename, file.read())
    try:
        checked(picture)
    except Refusal as reason:
        entry.wrong["photo"] = formats.refusal(reason)
        return
    yield picture


def write_entries(entries: list[Entry], *, institution_id: int, actor: Actor, now: datetime) -> None:
    """Write what was noted; each entry learns what became of it."""
    ready = sorted(
        (entry for entry in entries if entry.noted), key=lambda entry: (entry.line.note_id, entry.line.id)
    )
    retrying(partial(_write_all, ready, institution_id, actor, now))


def _write_all(entries: list[Entry], institution_id: int, actor: Actor, now: datetime) -> None:
    for entry in entries:
        entry.wrong, entry.conflict = {}, False
        try:
            with db.session.begin_nested():
                _write(entry, institution_id, actor, now)
        except ChangedMeanwhile as reason:
            entry.conflict, entry.version = True, reason.version
            entry.wrong["q"] = formats.refusal(reason)
        except Refusal as reason:
            place = PLACES.get(reason.field or "", reason.field or "q")
            entry.wrong[place if place in FIELDS else "q"] = formats.refusal(reason)


def _write(entry: Entry, institution_id: int, actor: Actor, now: datetime) -> None:
    assert entry.noted is not None  # noqa: S101 - only those that could be read are written
    done = accept(entry.noted, institution_id=institution_id, actor=actor, now=now)
    entry.version = done.version
    for picture in entry.pictures:
        keep_photo(done.id, picture, actor=actor, now=now)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _instant(text: str, now: datetime) -> datetime:
    """The device's clock, in UTC; now where it says nothing that can be read."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return now
    return moment.astimezone(UTC) if moment.tzinfo else now
