"""Look for flags in months of a municipality, and decide about what was found."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, text

from foodorder.audit.flags.facts import LOADERS
from foodorder.audit.flags.models import Flag, FlagNote, FlagRun
from foodorder.audit.flags.parameters import numbers_on
from foodorder.audit.flags.scope import Scope, months
from foodorder.audit.selection import AIMED
from foodorder.db import LOCK_FLAGS, db
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.red_flags import RULES
from foodorder.rules.red_flags.model import Raised, Rule
from foodorder.rules.red_flags.states import UNDECIDED, FlagAction, FlagHand, FlagState, decide
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor

#: Months that one run may look at.
MOST_MONTHS = 60


class PeriodTooLong(Refusal):
    """A run on more months than one run looks at, or on none."""

    message = N_("Choose at most %(most)s months, and a first month that is not after the last.")
    default_field = "last"


def ask_run(municipality_id: int, first: date, last: date, *, actor: Actor, now: datetime) -> FlagRun:
    """Ask for a run over the calendar months that a period touches; a job does it. Raises PeriodTooLong."""
    scopes = list(months(municipality_id, first, last))
    if not 0 < len(scopes) <= MOST_MONTHS:
        raise PeriodTooLong(most=MOST_MONTHS)
    run = FlagRun(
        municipality_id=municipality_id,
        first=scopes[0].first,
        last=scopes[-1].last,
        asked_at=now,
        asked_by_id=actor.person_id,
    )
    db.session.add(run)
    db.session.flush()
    after = {"first": run.first, "last": run.last}
    trail.record(
        actor, "flag_run.asked", "flag_run", run.id, now=now, municipality_id=municipality_id, after=after
    )
    return run


def run_rules(municipality_id: int, first: date, last: date, *, actor: Actor, now: datetime) -> FlagRun:
    """Ask for a run and do it at once. Raises PeriodTooLong."""
    run = ask_run(municipality_id, first, last, actor=actor, now=now)
    perform(run.id, actor=actor, now=now)
    return run


def perform(run_id: int, *, actor: Actor, now: datetime) -> None:
    """Look for flags in each month of a run, with the parameters of that month. What is done stays done.

    Two runs of one municipality wait for each other, so that both find the same flags.
    """
    run = db.session.get_one(FlagRun, run_id, with_for_update=True, populate_existing=True)
    if run.finished_at is not None:
        return
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK_FLAGS, run.municipality_id)))
    counts: dict[str, int] = {}
    new: list[int] = []
    used: dict[str, dict[str, dict[str, int]]] = {}
    for scope in months(run.municipality_id, run.first, run.last):
        numbers = numbers_on(scope.last)
        used[f"{scope.first:%Y-%m}"] = {code: values for code, values in numbers.items() if values}
        for rule, raised in find(scope, numbers):
            counts[rule.code] = counts.get(rule.code, 0) + len(raised)
            new += keep(rule, raised, numbers[rule.code], run, now)
    run.started_at = run.started_at or now
    run.finished_at = now
    run.parameters, run.counts = used, counts
    run.found, run.new = sum(counts.values()), len(new)
    db.session.flush()
    after = {"first": run.first, "last": run.last, "found": run.found, "new": run.new}
    done = trail.Event("flag_run.finished", "flag_run", run.id, run.municipality_id, after=after)
    raised_events = [
        trail.Event("flag.raised", "flag", flag.id, run.municipality_id, after={"rule": flag.rule})
        for flag in db.session.scalars(select(Flag).where(Flag.id.in_(new)).order_by(Flag.id))
    ]
    trail.record_all(actor, [*raised_events, done], now=now)


def find(scope: Scope, numbers: dict[str, dict[str, int]]) -> Sequence[tuple[Rule, Sequence[Raised]]]:
    """What every rule finds in a month; facts that several rules ask about are gathered once."""
    db.session.execute(text(f"SELECT {AIMED}"))
    gathered: dict[type, Sequence[Any]] = {}
    found = []
    for rule in RULES.values():
        if rule.facts not in gathered:
            gathered[rule.facts] = LOADERS[rule.facts](scope)
        found.append((rule, list(rule.find(gathered[rule.facts], numbers[rule.code]))))
    return found


# What is found again is the same flag. While nobody decided about it, what was found last replaces what was
# found before, unless that was later; what was decided about stays as it was decided about.
_KEEP = text("""
INSERT INTO flag AS f (municipality_id, rule, key, version, severity, state, institution_id, producer_id,
                       food_group_id, object_type, object_id, first, last, evidence, first_seen_at,
                       last_seen_at, first_run_id, last_run_id)
SELECT :municipality, :rule, x.key, :version, :severity, 'open', x.institution_id, x.producer_id,
       x.food_group_id, x.object_type, x.object_id, x.first, x.last, x.evidence, :now, :now, :run, :run
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS x (
         key text, institution_id integer, producer_id integer, food_group_id integer, object_type text,
         object_id bigint, first date, last date, evidence jsonb)
    ON CONFLICT (municipality_id, rule, key) DO UPDATE
   SET last_seen_at = excluded.last_seen_at, last_run_id = excluded.last_run_id,
       version = CASE WHEN f.state = ANY(:undecided) THEN excluded.version ELSE f.version END,
       first = CASE WHEN f.state = ANY(:undecided) AND excluded.last >= f.last THEN excluded.first
                    ELSE f.first END,
       last = CASE WHEN f.state = ANY(:undecided) AND excluded.last >= f.last THEN excluded.last
                   ELSE f.last END,
       evidence = CASE WHEN f.state = ANY(:undecided) AND excluded.last >= f.last THEN excluded.evidence
                       ELSE f.evidence END
RETURNING f.id, f.first_run_id = :run AND f.xmax = 0 AS new
""")


def keep(
    rule: Rule, raised: Sequence[Raised], numbers: dict[str, int], run: FlagRun, now: datetime
) -> list[int]:
    """Keep what a rule found; returns the numbers of the flags that are new."""
    rows = {
        one.key: {
            "key": one.key,
            "institution_id": one.subject.institution_id,
            "producer_id": one.subject.producer_id,
            "food_group_id": one.subject.food_group_id,
            "object_type": one.subject.kind,
            "object_id": one.subject.number,
            "first": one.first.isoformat(),
            "last": one.last.isoformat(),
            "evidence": one.evidence(numbers),
        }
        for one in raised
    }
    if not rows:
        return []
    kept = db.session.execute(
        _KEEP,
        {
            "municipality": run.municipality_id,
            "rule": rule.code,
            "version": rule.version,
            "severity": int(rule.severity),
            "rows": json.dumps(list(rows.values()), ensure_ascii=False),
            "undecided": [state.value for state in UNDECIDED],
            "now": now,
            "run": run.id,
        },
    )
    return [row.id for row in kept if row.new]


def write(flag: Flag, action: FlagAction, words: str, *, actor: Actor, now: datetime) -> FlagNote:
    """What a person does with a flag, in their words: explain, confirm, dismiss, ask, answer, note, reopen.

    An answer is the coordinator's, everything else the auditor's. Raises IllegalFlagMove, FlagWordsMissing,
    NotAsked.
    """
    # Its row alone: what hangs on it is read by outer joins, which cannot be locked.
    db.session.execute(select(Flag.id).where(Flag.id == flag.id).with_for_update())
    db.session.refresh(flag, ["state", "asked_at", "answered_at"])
    hand = FlagHand.COORDINATOR if actor.role == FlagHand.COORDINATOR else FlagHand.AUDITOR
    before = FlagState(flag.state)
    after = decide(before, action, hand, words, waits=flag.waits)
    flag.state = after
    if action is FlagAction.ASK:
        flag.asked_at, flag.answered_at = now, None
    if action is FlagAction.ANSWER:
        flag.answered_at = now
    note = FlagNote(
        flag_id=flag.id,
        action=action,
        state_from=before,
        state_to=after,
        words=words.strip(),
        written_at=now,
        written_by_id=actor.person_id,
    )
    db.session.add(note)
    db.session.flush()
    db.session.expire(flag, ["notes"])
    changed = {"before": {"state": before}, "after": {"state": after}} if before is not after else {}
    trail.record(
        actor, f"flag.{ACTIONS[action]}", "flag", flag.id, now=now, municipality_id=flag.municipality_id,
        reason=note.words, **changed,
    )  # fmt: skip
    return note


#: How the trail calls what people do.
ACTIONS = {
    FlagAction.NOTE: "noted",
    FlagAction.ASK: "asked",
    FlagAction.ANSWER: "answered",
    FlagAction.EXPLAIN: "explained",
    FlagAction.CONFIRM: "confirmed",
    FlagAction.DISMISS: "dismissed",
    FlagAction.REOPEN: "reopened",
}
