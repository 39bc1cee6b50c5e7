"""The kitchen's counter: the weekly order, what comes when, procurement records, its own data."""

from typing import Any

from flask import Blueprint, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError

from foodorder.blueprints.shared.errors import show_expired

bp = Blueprint("kitchen", __name__, url_prefix="/kitchen")


@bp.before_request
def keep_what_was_typed() -> Any:
    """Whose log-in has run out is not sent away with a form: the page shows what was typed, to send again."""
    if request.method == "POST" and request.form and not current_user.is_authenticated:
        return show_expired(CSRFError())[0], 401
    return None


# The views hang themselves on the blueprint.
from foodorder.blueprints.kitchen import (  # noqa: E402
    additions,  # noqa: F401
    agreements,  # noqa: F401
    approvals,  # noqa: F401
    arriving,  # noqa: F401
    basis,  # noqa: F401
    budgets,  # noqa: F401
    cards,  # noqa: F401
    claims,  # noqa: F401
    compare,  # noqa: F401
    deliveries,  # noqa: F401
    delivery_note,  # noqa: F401
    excess,  # noqa: F401
    institution,  # noqa: F401
    invoices,  # noqa: F401
    matching,  # noqa: F401
    options,  # noqa: F401
    order,  # noqa: F401
    orders,  # noqa: F401
    payments,  # noqa: F401
    purchases,  # noqa: F401
    records,  # noqa: F401
    shares,  # noqa: F401
    statements,  # noqa: F401
    substitutes,  # noqa: F401
    taking,  # noqa: F401
)
