"""Pictures of goods that were not as they should be: for both sides, the coordinator and the auditor."""

from typing import Any

from flask import abort

from foodorder.blueprints.shared.access import logged_in, present
from foodorder.blueprints.shared.files import download
from foodorder.blueprints.ways import bp
from foodorder.delivery.photos import find_photo
from foodorder.rules.permissions import Role

#: Roles that see what lies in their municipality.
WHOLE = (Role.COORDINATOR, Role.AUDITOR)


@bp.get("/photos/<int:photo_id>")
@logged_in
def photo(photo_id: int) -> Any:
    """A picture, to keep; 404 for everybody whom it does not concern."""
    found, who = find_photo(photo_id), present()
    if found is None:
        abort(404)
    own = (
        (who.institution is not None and who.institution.id == found.institution_id)
        or (who.producer is not None and who.producer.id == found.producer_id)
        or (
            who.role in WHOLE
            and who.municipality is not None
            and who.municipality.id == found.municipality_id
        )
    )
    if not own:
        abort(404)
    return download(found.name, found.media_type, found.content)
