"""Flags are found in what happened, found again as the same, decided by people, and stay in their town."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder import audit_jobs
from foodorder.accounts.models import Certificate
from foodorder.accounts.personal import Detail, set_detail
from foodorder.audit.flags import clock as flag_clock
from foodorder.audit.flags import queries, words
from foodorder.audit.flags.facts import LOADERS
from foodorder.audit.flags.models import Flag, FlagRun
from foodorder.audit.flags.queries import Chosen
from foodorder.audit.flags.scope import Scope, months
from foodorder.audit.flags.service import PeriodTooLong, ask_run, perform, run_rules, write
from foodorder.audit.selection import Selection
from foodorder.billing.issue import issue_all
from foodorder.billing.terms import agree
from foodorder.catalogue.models import LegalParameter
from foodorder.db import db
from foodorder.delivery.corrections import LotOf, write_lots
from foodorder.delivery.moves import leave
from foodorder.rules.permissions import Role
from foodorder.rules.red_flags import RULES
from foodorder.rules.red_flags.states import FlagAction, FlagWordsMissing, IllegalFlagMove, NotAsked
from foodorder.rules.settlement import InvoiceOrigin, Rhythm
from foodorder.trail.actor import COMMAND, Actor, Source
from foodorder.trail.models import TrailEvent
from tests.deliveries import close_week, make
from tests.factories import CLOSES, WEEK, World
from tests.invoices import AT_THE_DOOR, IBAN, ON_WEDNESDAY, accept_all, accept_less, know_the_law
from tests.kept import once

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 31)
LATER = datetime(2026, 12, 4, 9, tzinfo=UTC)
OTHER_IBAN = "SI56020170014356205"


@once
def odd(world: World, clock_at: Callable[[datetime], None], session: Session) -> Any:
    """A week at the turn of two months in which much went as it should not.

    The certificate of the carrots ended on the Sunday before. On Monday and Wednesday the farm's goods were
    accepted half a minute after they left; of the school's carrots a third was bad. After Monday's invoices
    the farm asked for another account.
    """
    closed = close_week(world, clock_at)
    closed.carrots.product.certificates.append(
        Certificate(
            producer_id=closed.farm.id, scheme="organic", number="E-7", body="IKC",
            valid_from=date(2026, 1, 1), valid_to=WEEK - timedelta(days=1),
        )
    )  # fmt: skip
    know_the_law()
    session.info.pop("law", None)
    agree(closed.farm.id, None, Rhythm.PER_DELIVERY, None, actor=COMMAND, now=CLOSES)
    set_detail(Detail.IBAN, IBAN, producer_id=closed.farm.id, actor=COMMAND, now=CLOSES)
    monday: list[Any] = []
    wednesday: list[Any] = []
    for note in make(closed):
        (monday if note.delivery_date == WEEK else wednesday).append(note)
    lots = {closed.cheese.product.id: LotOf("L1", date(2026, 12, 20))}
    write_lots(closed.farm.id, WEEK, lots, actor=COMMAND, now=CLOSES)
    for account, notes, door in ((IBAN, monday, AT_THE_DOOR), (OTHER_IBAN, wednesday, ON_WEDNESDAY)):
        set_detail(Detail.IBAN, account, producer_id=closed.farm.id, actor=COMMAND, now=door)
        for note in notes:
            leave(closed.farm.id, [note.id], actor=COMMAND, now=door - timedelta(seconds=30))
            if note.institution_id == closed.school.id:
                accept_less(note.lines[0], 5_000, door)
            else:
                accept_all(note, door)
        issue_all(closed.farm.id, origin=InvoiceOrigin.ISSUED, actor=COMMAND, now=door + timedelta(days=1))
    return closed


def parameter(key: str, value: int, first: date, last: date | None = None) -> None:
    db.session.add(
        LegalParameter(
            country="SI", key=key, value=value, unit="count", valid_from=first, valid_to=last, source="test",
            certainty="S",
        )
    )  # fmt: skip
    db.session.flush()
    db.session.info.pop("law", None)


def look(odd: Any, now: datetime = LATER, first: date = NOVEMBER, last: date = DECEMBER) -> FlagRun:
    return run_rules(odd.municipality.id, first, last, actor=COMMAND, now=now)


def by_rule(municipality_id: int) -> dict[str, list[Flag]]:
    found: dict[str, list[Flag]] = {}
    for flag in db.session.scalars(
        select(Flag).where(Flag.municipality_id == municipality_id).order_by(Flag.id)
    ):
        found.setdefault(flag.rule, []).append(flag)
    return found


def state_of(flag: Flag) -> tuple[Any, ...]:
    return flag.id, flag.state, flag.key, flag.evidence, flag.last_run_id


def test_what_went_wrong_is_found_month_by_month_with_its_evidence(odd: Any) -> None:
    run = look(odd)
    found = by_rule(odd.municipality.id)
    assert {rule: len(flags) for rule, flags in found.items()} == {"certificate": 2, "account_changed": 1}
    assert (run.found, run.new, run.finished_at) == (3, 3, LATER)
    november, december = found["certificate"]
    assert (november.first, november.last, december.last) == (WEEK, WEEK, WEEK + timedelta(days=2))
    assert november.evidence["facts"]["sum"] == {"cents": 17 * 200}
    proofs = words.proofs(november)
    assert {proof.kind for proof in proofs} == {"line"}
    assert len(proofs) == 2
    [account] = found["account_changed"]
    assert (account.institution_id, account.object_type) == (odd.kitchen.id, "invoice")
    told = words.sentence(account)
    assert f"… {OTHER_IBAN[-4:]}" in told
    assert OTHER_IBAN not in str(account.evidence), "the account itself is nobody's business here"


def test_the_same_is_found_again_and_what_was_decided_about_stays(odd: Any) -> None:
    look(odd)
    before = [state_of(flag) for flags in by_rule(odd.municipality.id).values() for flag in flags]
    again = look(odd, LATER + timedelta(days=1))
    db.session.expire_all()
    after = [state_of(flag) for flags in by_rule(odd.municipality.id).values() for flag in flags]
    assert (again.found, again.new) == (3, 0)
    assert [row[:-1] for row in after] == [row[:-1] for row in before]
    assert {row[-1] for row in after} == {again.id}
    # What was decided about stays as it was.
    november, december = by_rule(odd.municipality.id)["certificate"]
    write(november, FlagAction.DISMISS, "The new certificate was shown.", actor=COMMAND, now=LATER)
    for flag in (november, december):
        flag.evidence = {**flag.evidence, "all": 99}
    db.session.flush()
    look(odd)
    db.session.expire_all()
    assert (november.state, november.evidence["all"]) == ("dismissed", 99)
    assert (december.state, december.evidence["all"]) == ("open", 1)


def test_a_past_month_is_looked_at_with_the_numbers_of_its_time(odd: Any) -> None:
    parameter("flag.rubber_stamp.least", 1, date(2026, 1, 1), date(2026, 11, 30))
    parameter("flag.rubber_stamp.least", 5, date(2026, 12, 1))
    parameter("flag.quantity.grams", 2_000, date(2026, 1, 1))
    run = look(odd)
    [stamp] = by_rule(odd.municipality.id)["rubber_stamp"]
    assert (stamp.last, stamp.institution_id) == (WEEK, odd.kitchen.id)
    assert stamp.evidence["parameters"] == {"seconds": 60, "least": 1}
    used = {month: rules["rubber_stamp"]["least"] for month, rules in run.parameters.items()}
    assert used == {"2026-11": 1, "2026-12": 5}
    [less] = by_rule(odd.municipality.id)["quantity"]
    assert less.institution_id == odd.school.id
    assert less.evidence["facts"]["percent"] == 28
    assert RULES["splitting"].key_of("threshold") == "procurement.threshold_goods"


def test_flags_stay_in_their_town_and_concern_what_is_looked_at(odd: Any) -> None:
    look(odd)
    town, here = odd.add_municipality(), odd.municipality.id
    run_rules(town.id, NOVEMBER, DECEMBER, actor=COMMAND, now=LATER)
    assert by_rule(town.id) == {}
    [account] = by_rule(here)["account_changed"]
    assert queries.flag_of(account.id, town.id) is None
    assert queries.flag_of(account.id, here, asked_only=True) is None
    assert queries.count(Chosen(town.id)) == 0
    chosen = queries.flags(Chosen(here, "open", severity=3, producer_id=odd.farm.id), limit=10)
    assert [flag.rule for flag in chosen] == ["account_changed", "certificate", "certificate"]
    assert queries.count(Chosen(here, first=date(2026, 12, 1))) == 2
    assert queries.by_state(Chosen(here))["open"] == 3

    def concerned(**narrower: Any) -> list[str]:
        selection = Selection(here, NOVEMBER, DECEMBER, **narrower)
        return sorted(flag.rule for flag in queries.concerning(selection))

    assert concerned() == ["account_changed", "certificate", "certificate"]
    assert concerned(institution_id=odd.school.id) == ["certificate", "certificate"]
    assert concerned(producer_id=odd.baker.id) == []
    assert list(queries.concerning(Selection(town.id, NOVEMBER, DECEMBER))) == []


def person(odd: Any, role: Role) -> Actor:
    somebody = odd.add_person(role, municipality_id=odd.municipality.id)
    return Actor(Source.PERSON, somebody.id, role.value)


def test_an_auditor_asks_the_coordinator_answers_and_the_auditor_decides(odd: Any) -> None:
    look(odd)
    [number] = [flag.id for flag in by_rule(odd.municipality.id)["account_changed"]]
    here = odd.municipality.id
    auditor, coordinator = person(odd, Role.AUDITOR), person(odd, Role.COORDINATOR)
    # As a page loads it, with what hangs on it.
    db.session.expunge_all()
    flag = queries.flag_of(number, here)
    assert flag is not None
    with pytest.raises(NotAsked):
        write(flag, FlagAction.ANSWER, "x", actor=coordinator, now=LATER)
    with pytest.raises(IllegalFlagMove):
        write(flag, FlagAction.DISMISS, "x", actor=coordinator, now=LATER)
    with pytest.raises(FlagWordsMissing):
        write(flag, FlagAction.ASK, " ", actor=auditor, now=LATER)
    write(flag, FlagAction.ASK, "Did you telephone?", actor=auditor, now=LATER)
    assert (flag.waits, queries.waiting_count(here)) == (True, 1)
    with pytest.raises(IllegalFlagMove):
        write(flag, FlagAction.ASK, "Again?", actor=auditor, now=LATER)
    write(flag, FlagAction.ANSWER, "Yes: a new bank.", actor=coordinator, now=LATER)
    assert (flag.state, flag.waits, queries.waiting_count(here)) == ("explained", False, 0)
    write(flag, FlagAction.CONFIRM, "The number was not known before.", actor=auditor, now=LATER)
    write(flag, FlagAction.REOPEN, "It was.", actor=auditor, now=LATER)
    assert [(note.action, note.state_to) for note in flag.notes] == [
        ("ask", "open"), ("answer", "explained"), ("confirm", "confirmed"), ("reopen", "open"),
    ]  # fmt: skip
    left = db.session.scalars(
        select(TrailEvent.action).where(TrailEvent.object_type == "flag", TrailEvent.object_id == flag.id)
        .order_by(TrailEvent.id)
    ).all()  # fmt: skip
    assert left == ["flag.raised", "flag.asked", "flag.answered", "flag.confirmed", "flag.reopened"]


def test_the_clock_looks_after_each_close_and_once_a_night(
    odd: Any, clock_at: Callable[[datetime], None]
) -> None:
    assert flag_clock.ask_due(LATER) == 1
    [run] = queries.runs(odd.municipality.id, 5)
    assert (run.first, run.last) == (NOVEMBER, DECEMBER)
    assert flag_clock.ask_due(LATER + timedelta(hours=1)) == 0
    assert flag_clock.waiting(LATER) == [run.id]
    assert flag_clock.take(run.id, LATER)
    assert not flag_clock.take(run.id, LATER + timedelta(minutes=59))
    assert flag_clock.waiting(LATER) == []
    assert flag_clock.waiting(LATER + timedelta(minutes=61)) == [run.id], "its doer has died"
    perform(run.id, actor=COMMAND, now=LATER)
    perform(run.id, actor=COMMAND, now=LATER + timedelta(hours=1))
    assert (run.new, run.finished_at) == (3, LATER)
    assert flag_clock.ask_due(LATER + timedelta(days=1)) == 1
    # What a person asks for is done beside it.
    clock_at(LATER + timedelta(days=1))
    asked = ask_run(odd.municipality.id, NOVEMBER, NOVEMBER, actor=person(odd, Role.AUDITOR), now=LATER)
    assert audit_jobs.raise_flags(None).failed == 0  # type: ignore[arg-type]
    db.session.expire_all()
    assert (asked.counts["certificate"], asked.new, asked.last) == (1, 0, date(2026, 11, 30))
    assert all(run.finished_at for run in queries.runs(odd.municipality.id, 5))


def test_a_run_has_an_end(world: World) -> None:
    for first, last in ((DECEMBER, NOVEMBER), (date(2020, 1, 1), DECEMBER)):
        with pytest.raises(PeriodTooLong):
            ask_run(world.municipality.id, first, last, actor=COMMAND, now=LATER)
    assert [scope.first.month for scope in months(1, date(2026, 12, 31), date(2027, 1, 1))] == [12, 1]


def test_every_rule_has_its_facts(world: World) -> None:
    assert {rule.facts for rule in RULES.values()} == set(LOADERS)
    scope = Scope.of(world.municipality.id, WEEK)
    assert scope.year_before == date(2025, 12, 1)
    assert not [kind for kind, load in LOADERS.items() if load(scope)], "nothing happened yet"
