"""The clock issues for producers who consented: once, the next morning, and goes on when one fails."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from foodorder import billing_jobs, jobs
from foodorder.billing import behalf
from foodorder.billing.consents import give_consent, withdraw_consent
from foodorder.config import Settings
from foodorder.trail.actor import COMMAND
from tests.deliveries import close_week, farm_notes, line_of, make
from tests.invoices import (
    AT_THE_DOOR,
    TUESDAY_MORNING,
    accept_all,
    claim,
    credited,
    invoices,
    know_the_law,
)
from tests.kept import once

WHO: dict[str, Any] = {"actor": COMMAND, "now": AT_THE_DOOR}


@once
def brought(world: Any, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    """Monday came to both kitchens; the farm lets its invoices be issued, the baker does not."""
    know_the_law()
    close_week(world, clock_at)
    make(world)
    for note in farm_notes(world)[:2]:
        accept_all(note)
    give_consent(world.farm.id, "Soglašam.", **WHO)
    world.clock_at = clock_at
    session.commit()
    return world


def run(brought: Any, settings: Settings, at: datetime = TUESDAY_MORNING) -> jobs.Outcome:
    brought.clock_at(at)
    return billing_jobs.issue_invoices(settings)


def test_the_next_morning_and_once(brought: Any, settings: Settings) -> None:
    assert run(brought, settings, AT_THE_DOOR + timedelta(hours=12)).done == 0
    assert run(brought, settings).done == 2
    assert [one.number for one in invoices(brought.farm)] == ["R-2026-0001", "R-2026-0002"]
    assert {one.origin for one in invoices(brought.farm)} == {"on_behalf"}
    assert run(brought, settings).done == 0


def test_after_a_months_outage_it_is_issued(brought: Any, settings: Settings) -> None:
    assert run(brought, settings, TUESDAY_MORNING + timedelta(days=31)).done == 2


def test_a_claim_that_ended_is_credited(brought: Any, settings: Settings) -> None:
    run(brought, settings)
    credited(claim(line_of(farm_notes(brought)[0], brought.cheese), 1_000))
    assert run(brought, settings).done == 1
    assert [one.kind for one in invoices(brought.farm)] == ["invoice", "invoice", "credit_note"]
    assert run(brought, settings).done == 0


def test_without_consent_nothing_is_issued(brought: Any, settings: Settings) -> None:
    withdraw_consent(brought.farm.id, **WHO)
    assert run(brought, settings).done == 0
    assert invoices(brought.farm) == []


def test_one_that_fails_does_not_stop_the_others(
    brought: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue, failed = behalf.issue, []

    def fails_once(*what: Any, **how: Any) -> Any:
        if not failed:
            failed.append(what)
            raise ValueError("paper jam")
        return issue(*what, **how)

    monkeypatch.setattr(behalf, "issue", fails_once)
    outcome = run(brought, settings)
    assert (outcome.done, outcome.failed) == (1, 1)
    assert "paper jam" in outcome.errors[0]
    assert [one.sequence for one in invoices(brought.farm)] == [1]
    assert run(brought, settings).done == 1
