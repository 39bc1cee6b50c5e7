"""The health of the installation on one page: database, jobs of the clock, messages, trail."""

from datetime import UTC, datetime
from typing import Any

from flask import current_app, render_template
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from foodorder.blueprints.administrator.counter import bp
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.chain_file import chain_download
from foodorder.blueprints.shared.health import check_health
from foodorder.db import db
from foodorder.outbox.models import Message
from foodorder.rules.permissions import Permission
from foodorder.trail.export import Extent
from foodorder.trail.models import JobRun, TrailBlock, TrailUnsealed

#: How many of the last runs are shown.
RUNS = 20


@bp.get("/health")
@needs(Permission.INSTALLATION_MANAGE)
def health() -> Any:
    """What runs, what waits, what failed."""
    return render_template(
        "administrator/health.html",
        health=check_health(),
        messages=message_counts(),
        mail=current_app.config["SETTINGS"].mail,
        unsealed=db.session.scalar(select(func.count()).select_from(TrailUnsealed)),
        block=db.session.scalar(select(TrailBlock).order_by(TrailBlock.id.desc()).limit(1)),
        runs=db.session.scalars(select(JobRun).order_by(JobRun.id.desc()).limit(RUNS)).all(),
        now=datetime.now(UTC),
    )


@bp.get("/health/chain.gz")
@needs(Permission.TRAIL_SEE)
def chain_file() -> Response:
    """The whole chain: fingerprints of all events, and the texts of those of the installation itself."""
    return chain_download(Extent(), "chain.jsonl.gz")


def message_counts() -> dict[str, int]:
    """How many messages are in each state."""
    counted = select(Message.state, func.count().label("number")).group_by(Message.state)
    return {row.state: row.number for row in db.session.execute(counted)}
