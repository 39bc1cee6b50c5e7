"""/healthz and /metrics, as a load balancer and Prometheus ask."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from foodorder.blueprints.shared import health as module
from foodorder.blueprints.shared.health import JobHealth
from foodorder.db import db
from foodorder.doctor.database import _trail_check
from foodorder.scheduler import JOBS
from foodorder.trail.models import JobHeartbeat, TrailCheck


@pytest.fixture
def beating(session):
    """Every job has just run well."""
    now = datetime.now(UTC)
    session.add_all(JobHeartbeat(name=job.name, ran_at=now, good_at=now) for job in JOBS)
    session.commit()


def beat(name, **values):
    heart = db.session.get(JobHeartbeat, name)
    for key, value in values.items():
        setattr(heart, key, value)
    db.session.commit()


def test_all_is_well(app, beating):
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json["status"] == "ok"
    assert answer.json["reasons"] == []
    assert answer.json["database"] == "answers"
    assert answer.json["scheduler"]["last_good_run_age_seconds"] < 10
    assert answer.json["migration"]["current"] == answer.json["migration"]["expected"]


@pytest.mark.parametrize("again", [False, True])
def test_a_trail_that_did_not_fit_is_told_until_it_does(app, session, beating, again):
    """The newest check counts, for health and for the doctor."""
    now = datetime.now(UTC)
    for finding in ["Event 7 was changed."] + [None] * again:
        session.add(
            TrailCheck(
                asked_at=now, started_at=now, finished_at=now, events=7, blocks=1, ok=finding is None,
                finding=finding,
            )
        )  # fmt: skip
        session.commit()
    answer = app.test_client().get("/healthz")
    told = [finding.words for finding in _trail_check(session.connection())]
    if again:
        assert (answer.status_code, answer.json["reasons"], told) == (200, [], [])
    else:
        assert answer.status_code == 503
        assert answer.json["reasons"] == ["The last check of the trail failed: Event 7 was changed."]
        assert told == ["its last check failed: Event 7 was changed."]


def test_a_scheduler_that_never_ran_is_named(app):
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 503
    assert "The job advance_cycles has never run well." in answer.json["reasons"]
    assert answer.json["scheduler"]["last_good_run_age_seconds"] is None


def test_each_job_is_measured_against_its_own_interval(app, beating):
    late = datetime.now(UTC) - timedelta(minutes=5)
    for job in JOBS:
        beat(job.name, good_at=late)
    jobs = app.test_client().get("/healthz").json["scheduler"]["jobs"]
    assert {name for name, job in jobs.items() if job["late"]} == {
        "advance_cycles", "check_trail", "deliver_messages", "seal_trail", "send_reminders",
        "hear_stripe", "make_delivery_notes", "raise_flags", "remind_of_claims", "warn_of_ceilings",
        "write_releases",
    }  # fmt: skip


def test_a_run_that_failed_does_not_count_as_good(app, beating):
    now = datetime.now(UTC)
    beat("advance_cycles", ran_at=now, good_at=now - timedelta(minutes=10), error="it broke")
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 503
    assert "it broke" not in answer.text


def test_a_silent_database_is_an_answer(app, beating, monkeypatch):
    def fail(health):
        raise OperationalError("SELECT 1", {}, Exception("password of the database"))

    monkeypatch.setattr(module, "_look", fail)
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json["reasons"] == ["The database does not answer."]
    assert "password" not in answer.text


def test_another_migration_is_named(app, beating, monkeypatch):
    monkeypatch.setattr(module.schema, "head", lambda: "9999")
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 503
    assert "the program expects 9999" in answer.json["reasons"][0]


@pytest.mark.parametrize(("seconds", "late"), [(70, False), (71, True)])
def test_a_job_may_be_two_intervals_and_a_minute_behind(seconds, late):
    now = datetime.now(UTC)
    job = JobHealth(JOBS[0], now, now - timedelta(seconds=seconds), None, now)
    assert job.late is late


def test_metrics_need_their_token(app, beating, monkeypatch):
    client = app.test_client()
    assert client.get("/metrics").status_code == 404
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], metrics_token="secret"))
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = client.get("/metrics", headers={"Authorization": "Bearer secret"})
    assert answer.status_code == 200
    assert "foodorder_up 1.0" in answer.text
    assert 'foodorder_job_late{job="advance_cycles"} 0.0' in answer.text
    assert "foodorder_trail_unsealed" in answer.text
