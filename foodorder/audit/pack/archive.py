"""The ZIP itself: made while it is sent, each file with its fingerprint in a manifest at the end."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from foodorder.audit.pack import rows, trail
from foodorder.audit.pack.papers import papers
from foodorder.config import resource
from foodorder.db import db
from foodorder.language import formats, gettext
from foodorder.language.times import local
from foodorder.procurement.models import ProcurementRecord

VERIFIER = "verify_chain.py"
MANIFEST, SUMS = "manifest.json", "manifest.sha256"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which record, for whose auditors, in which language, when; `base_url` stands on its papers.

    Plain values: the ZIP is made after the request, in a session of its own.
    """

    record_id: int
    number: str
    municipality_id: int
    language: str
    base_url: str
    now: datetime
    person: str


class _Stream(io.RawIOBase):
    """What the ZIP writes, to be taken away piece by piece."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._waiting.append(piece)
        return len(piece)

    def take(self) -> bytes:
        piece, self._waiting = b"".join(self._waiting), []
        return piece


def pack(asked: Asked, between: Callable[[], None], done: Callable[[str], None]) -> Iterator[bytes]:
    """The ZIP of one record, piece by piece.

    `between` is called after each file, for whoever streams to end the transaction; `done` hears the SHA-256
    of the manifest before the last piece goes out.
    """
    stream, manifest = _Stream(), list[dict[str, object]]()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(asked):
            digest = hashlib.sha256(content).hexdigest()
            manifest.append({"path": name, "bytes": len(content), "sha256": digest})
            _add(archive, name, content, asked.now)
            between()
            yield stream.take()
        listed = rows.written(
            {"record": asked.number, "made": asked.now, "by": asked.person, "files": manifest}
        )
        sums = "".join(f"{one['sha256']}  {one['path']}\n" for one in manifest)
        _add(archive, MANIFEST, listed, asked.now)
        _add(archive, SUMS, sums.encode(), asked.now)
        done(hashlib.sha256(listed).hexdigest())
    yield stream.take()


def _add(archive: zipfile.ZipFile, name: str, content: bytes, now: datetime) -> None:
    info = zipfile.ZipInfo(name, local(now).timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def _files(asked: Asked) -> Iterator[tuple[str, bytes]]:
    record = db.session.get_one(ProcurementRecord, asked.record_id)
    of = rows.whole(rows.versions(record), record.producer_id, record.cycle_id)
    yield "README.txt", _readme(asked, record).encode()
    people: set[int] = set()
    for name, found in rows.tables(of):
        people |= rows.people_in(found)
        if found:
            yield name, rows.written(found)
    yield from papers(of, asked.language, asked.base_url)
    told = trail.told(of.things, asked.municipality_id)
    people |= {event.person_id for event in told.events if event.person_id}
    yield "trail/events.json", rows.written(trail.as_json(told))
    yield "trail/events.txt", trail.as_text(told).encode()
    yield "trail/chain.jsonl", "".join(trail.proof(told)).encode()
    yield f"trail/{VERIFIER}", (resource("docs") / VERIFIER).read_bytes()
    yield "people.json", rows.written(rows.people(people))


def _readme(asked: Asked, record: ProcurementRecord) -> str:
    return "\n\n".join(
        (
            gettext("Evidence pack of the procurement record %(number)s", number=record.number),
            f"{record.institution.name} – {record.producer.name}",
            gettext("Made on %(moment)s by %(person)s.", moment=formats.long_moment(asked.now),
                    person=asked.person),
            gettext(
                "record, order, offers, delivery, claims, invoices, payments: the papers, the files by"
                " standard and the rows behind them (JSON). Money is cents, quantities are thousandths of the"
                " unit, weight is grams, times are UTC."
            ),
            gettext(
                "trail: every event of this record, as it was sealed and in words, with the blocks that hold"
                " them. Check them with: python3 trail/verify_chain.py trail/chain.jsonl"
            ),
            gettext(
                "manifest.json: the SHA-256 of every file. Check them all with: sha256sum -c manifest.sha256"
            ),
        )
    ) + "\n"  # fmt: skip
