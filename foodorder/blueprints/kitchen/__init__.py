"""The kitchen's counter: the weekly order, what comes when, procurement records, its own data."""

from flask import Blueprint

bp = Blueprint("kitchen", __name__, url_prefix="/kitchen")

# The views hang themselves on the blueprint.
from foodorder.blueprints.kitchen import deliveries, institution, order, orders, records  # noqa: E402, F401
