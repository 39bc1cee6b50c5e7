"""Everything about one record to take along, as a ZIP that is made while it is sent."""

from collections.abc import Iterator

from flask import abort, current_app, stream_with_context
from werkzeug.wrappers import Response

from foodorder.audit.pack.archive import Asked, pack
from foodorder.blueprints.auditor.counter import bp, municipality
from foodorder.blueprints.auditor.records import own_record
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.db import clock, db
from foodorder.language import get_locale
from foodorder.procurement.documents.paper import file_name
from foodorder.rules.permissions import Permission
from foodorder.trail import service as trail
from foodorder.trail.actor import Actor


@bp.post("/records/<int:record_id>/evidence")
@needs(Permission.AUDIT_WORK)
def evidence_pack(record_id: int) -> Response:
    """The evidence pack of a record; the trail keeps the fingerprint of its manifest."""
    one = own_record(record_id)
    if not EmptyForm().validate_on_submit():
        abort(400)
    settings = current_app.config["SETTINGS"]
    asked = Asked(
        one.id, one.number, municipality().id, get_locale().language, settings.base_url, clock(),
        present().person.name,
    )  # fmt: skip
    name = file_name(["evidence", f"{one.number}.zip"])
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(
        stream_with_context(_pieces(asked, present().actor)), content_type="application/zip", headers=headers
    )


def _pieces(asked: Asked, actor: Actor) -> Iterator[bytes]:

    def done(manifest: str) -> None:
        trail.record(
            actor, "evidence.packed", "procurement_record", asked.record_id, now=clock(),
            municipality_id=asked.municipality_id, after={"number": asked.number, "manifest": manifest},
        )  # fmt: skip
        db.session.commit()

    # Whoever reads slowly must not keep a transaction open: what belongs to a record only grows.
    yield from pack(asked, db.session.commit, done)
