"""Whose counter this is: the institution of the person, and the cycles of its municipality."""

from flask import abort

from foodorder.accounts.models import Institution
from foodorder.blueprints.shared.access import present
from foodorder.ordering.models import Cycle
from foodorder.ordering.queries import cycle_of


def our_institution() -> Institution:
    """The kitchen the person works for; 404 for those who work for none."""
    return present().institution or abort(404)


def our_institution_id() -> int:
    """Its number, for views that need nothing more of it."""
    return present().found.institution_id or abort(404)


def our_cycle(cycle_id: int) -> Cycle:
    """A cycle of our municipality, or 404."""
    return cycle_of(our_institution().municipality_id, cycle_id) or abort(404)
