"""What the pages of the coordinator's counter share: whose they are, loaders that know no stranger's rows."""

from datetime import date, datetime
from typing import Any, TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from foodorder.accounts.models import Admission, Institution, Municipality
from foodorder.accounts.queries import admission_of, institution_of
from foodorder.blueprints.shared.access import present
from foodorder.blueprints.shared.forms import BaseForm
from foodorder.blueprints.shared.language import local_path
from foodorder.language.times import local
from foodorder.ordering.models import Cycle
from foodorder.ordering.queries import cycle_of

bp = Blueprint("coordinator", __name__, url_prefix="/coordinator")

Row = TypeVar("Row")

#: What a view with a form answers: a redirection, or the page with its status.
Answer = Response | tuple[str, int]


def municipality() -> Municipality:
    """The municipality that the present role reaches over; 404 for roles that reach less far or further."""
    return found(present().grant.municipality)


def found(row: Row | None) -> Row:
    """The row a scoped loader gave; 404 where it gave none."""
    if row is None:
        abort(404)
    return row


def page(template: str, form: BaseForm, **values: Any) -> tuple[str, int]:
    """A page with a form: 422 when something in it was refused."""
    return render_template(template, form=form, **values), 422 if form.errors else 200


def own_cycle(cycle_id: int) -> Cycle:
    """A cycle of this municipality; 404 for another's."""
    return found(cycle_of(municipality().id, cycle_id))


def own_institution(institution_id: int) -> Institution:
    """An institution of this municipality; 404 for another's."""
    return found(institution_of(municipality().id, institution_id))


def own_admission(producer_id: int) -> Admission:
    """A producer's standing with this municipality; 404 for producers it does not know."""
    return found(admission_of(municipality().id, producer_id))


def local_day(now: datetime) -> date:
    """The day it is in the municipality."""
    return local(now).date()


def done(text: str, endpoint: str, **values: object) -> Response:
    """Say what was done and go back to where the button was, else to a page."""
    flash(text, "success")
    return back(endpoint, **values)


def back(endpoint: str, **values: object) -> Response:
    """To the page named by the form's `next`, else to an endpoint."""
    wanted = request.form.get("next")
    return redirect(local_path(wanted) if wanted else url_for(endpoint, **values), code=303)  # type: ignore[arg-type]
