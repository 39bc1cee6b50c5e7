"""Write the releases that are due: read the process, make all of its releases, add those that are not there.

Two schedulers that do it at once, or one after the other, write the same rows once.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import text

from foodorder.audit.releases import agreed, due, facts
from foodorder.db import db, retrying
from foodorder.exchange.ocds import agreement, checks, process
from foodorder.exchange.ocds.model import Release
from foodorder.exchange.ocds.text import read, write

_KNOWN = text("SELECT event FROM ocds_release WHERE ocid = :ocid")

_BODIES = text("SELECT body FROM ocds_release WHERE ocid = :ocid ORDER BY date, sequence")

_WRITE = text("""
INSERT INTO ocds_release (ocid, municipality_id, event, release_id, date, written_at, tags, body)
SELECT :ocid, p.municipality_id, :event, :release, :date, foodorder_clock(), :tags, :body
  FROM ocds_process p WHERE p.ocid = :ocid
ON CONFLICT (ocid, event) DO NOTHING
""")

#: An ocid, and what writes its releases.
Item = tuple[str, Callable[[], int]]


def of_cycle(cycle_id: int, institutions: set[int] | None, prefix: str) -> list[Item]:
    """The processes of a cycle that are due, each with what writes its releases in one transaction."""
    numbered = retrying(partial(_numbers, cycle_id, institutions, prefix))
    found = retrying(partial(facts.processes, cycle_id, *numbered))
    return [
        (one.ocid, partial(retrying, partial(_add, one.ocid, process.releases(one)))) for one in found
    ]  # fmt: skip


def of_agreement(agreement_id: int, prefix: str, now: datetime) -> list[Item]:
    """An agreement's process; none if it is gone."""
    numbered = retrying(partial(due.number_agreements, [agreement_id], prefix))
    found = [retrying(partial(agreed.agreed, key, ocid, now)) for key, ocid in numbered.items()]
    return [
        (one.ocid, partial(retrying, partial(_add, one.ocid, agreement.releases(one)))) for one in found
    ]  # fmt: skip


def _numbers(
    cycle_id: int, institutions: set[int] | None, prefix: str
) -> tuple[dict[int, str], dict[int, str]]:
    return (
        due.number_cycle(cycle_id, institutions, prefix),
        due.number_agreements(due.agreements_of(cycle_id), prefix),
    )


def _add(ocid: str, releases: Sequence[Release]) -> int:
    """Add the releases that are not there; returns how many. Raises Nonsense, and then adds none."""
    known = set(db.session.scalars(_KNOWN, {"ocid": ocid}))
    new = [release for release in releases if release.event not in known]
    if not new:
        return 0
    for release in new:
        db.session.execute(
            _WRITE,
            {
                "ocid": ocid, "event": release.event, "release": release.id, "date": release.date,
                "tags": list(release.tags), "body": write(release.body),
            },
        )  # fmt: skip
    checks.check([read(body) for body in db.session.scalars(_BODIES, {"ocid": ocid})])
    return len(new)


def items(waiting: due.Due, prefix: str, now: datetime) -> Iterator[tuple[int, Callable[[], list[Item]]]]:
    """What waits, by cycle (its number) and agreement (its number below zero), newest cycles first."""
    for cycle_id in sorted(waiting.cycles, reverse=True):
        yield cycle_id, partial(of_cycle, cycle_id, waiting.cycles[cycle_id], prefix)
    for agreement_id in sorted(waiting.agreements):
        yield -agreement_id, partial(of_agreement, agreement_id, prefix, now)
