"""/metrics for Prometheus: read from the database at each scrape, so any web process answers the same."""

import hmac
from collections.abc import Iterator

from flask import abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from werkzeug.wrappers import Response

from foodorder.blueprints.api.counter import bp
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.shared.health import Health, check_health
from foodorder.config import Settings
from foodorder.db import db

#: Metric → (help, label or none, statement giving (label value, number) or (number,)).
COUNTS: dict[str, tuple[str, str | None, str]] = {
    "foodorder_cycles": ("Ordering cycles by state", "state", "SELECT state, count(*) FROM cycle GROUP BY 1"),
    "foodorder_cycles_overdue_seconds": (
        "How long the longest waiting open cycle is past its deadline",
        None,
        "SELECT coalesce(extract(epoch FROM foodorder_clock() - min(closes_at)), 0) FROM cycle"
        " WHERE state = 'open' AND closes_at <= foodorder_clock()",
    ),
    "foodorder_orders_standing": (
        "Submitted orders in open cycles",
        None,
        "SELECT count(w.current_submission_id) FROM cycle c JOIN weekly_order w ON w.cycle_id = c.id"
        " WHERE c.state = 'open'",
    ),
    "foodorder_records": (
        "Procurement records, versions included",
        None,
        "SELECT count(*) FROM procurement_record",
    ),
    "foodorder_messages": ("Messages by state", "state", "SELECT state, count(*) FROM message GROUP BY 1"),
    "foodorder_trail_unsealed": ("Events waiting to be sealed", None, "SELECT count(*) FROM trail_unsealed"),
    "foodorder_login_sessions": (
        "Browsers that are logged in",
        None,
        "SELECT count(*) FROM login_session WHERE revoked_at IS NULL AND expires_at > foodorder_clock()",
    ),
}


class Figures(Collector):
    """One scrape."""

    def collect(self) -> Iterator[Metric]:
        """Health first: without a database there is nothing else to tell."""
        health = check_health()
        yield GaugeMetricFamily("foodorder_up", "Whether nothing is wrong", value=int(health.well))
        yield GaugeMetricFamily(
            "foodorder_database_up", "Whether the database answers", value=int(health.database)
        )
        if health.jobs:
            yield from _jobs(health)
            yield from (_count(name) for name in COUNTS)


def _jobs(health: Health) -> Iterator[Metric]:
    offset = health.clock_offset.total_seconds()
    yield GaugeMetricFamily(
        "foodorder_clock_offset_seconds", "Clock set by hand, zero outside demos", value=offset
    )
    good = GaugeMetricFamily(
        "foodorder_job_last_good_timestamp_seconds", "When a job last ran well", labels=["job"]
    )
    late = GaugeMetricFamily(
        "foodorder_job_late", "Whether a job has not run well for too long", labels=["job"]
    )
    for job in health.jobs:
        good.add_metric([job.job.name], job.good_at.timestamp() if job.good_at else 0)
        late.add_metric([job.job.name], int(job.late))
    yield from (good, late)


def _count(name: str) -> Metric:
    explained, label, statement = COUNTS[name]
    family = GaugeMetricFamily(name, explained, labels=[label] if label else None)
    for row in db.session.execute(text(statement)):
        *labels, number = row
        family.add_metric(labels, float(number))
    return family


@bp.get("/metrics")
@public
def metrics() -> Response:
    """The figures, to whoever brings the token; where no token is set, the page does not exist."""
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.metrics_token:
        abort(404)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), settings.metrics_token.encode()):
        abort(401)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
