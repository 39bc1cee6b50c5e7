"""What other programs tell us: Stripe, about payments. No forms, no log-in: a signature says who speaks."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")


@bp.record
def without_form_tokens(state: BlueprintSetupState) -> None:
    """Programs fill in no forms; each message is proved by its signature instead."""
    state.app.extensions["csrf"].exempt(bp)


# The views hang themselves on the blueprint.
from foodorder.blueprints.webhooks import stripe  # noqa: E402, F401
