"""/healthz: whether the installation is well, for load balancers and whoever is on duty."""

from typing import Any

from flask import jsonify
from werkzeug.wrappers import Response

from foodorder.blueprints.api.counter import bp
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.shared.health import JobHealth, check_health


@bp.get("/healthz")
@public
def healthz() -> tuple[Response, int]:
    """200 when all is well, 503 with the reasons otherwise."""
    health = check_health()
    age = health.scheduler_age
    answer = jsonify(
        status="ok" if health.well else "unwell",
        reasons=health.reasons,
        database="answers" if health.database else "silent",
        migration={"current": health.migration, "expected": health.expected_migration},
        clock_offset_seconds=int(health.clock_offset.total_seconds()),
        scheduler={
            "last_good_run_age_seconds": None if age is None else int(age.total_seconds()),
            "jobs": {job.job.name: _described(job) for job in health.jobs},
        },
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200 if health.well else 503


def _described(job: JobHealth) -> dict[str, Any]:
    return {
        "last_good_run": job.good_at.isoformat(timespec="seconds") if job.good_at else None,
        "age_seconds": None if job.age is None else int(job.age.total_seconds()),
        "allowed_age_seconds": int(job.allowed.total_seconds()),
        "late": job.late,
    }
