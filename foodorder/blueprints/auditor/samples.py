"""Samples drawn from a seed: what of, how, which lines; and what the auditor found of each."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response
from wtforms import IntegerField, RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from foodorder.audit import words
from foodorder.audit.desk import samples as service
from foodorder.audit.desk import tables
from foodorder.audit.desk.models import Verdict
from foodorder.audit.exports import render
from foodorder.audit.selection import choices
from foodorder.blueprints.auditor.counter import bp, download, found, municipality
from foodorder.blueprints.auditor.filters import chosen
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm, EmptyForm, options
from foodorder.db import clock, transaction
from foodorder.language import formats, get_locale, gettext
from foodorder.language import lazy_gettext as _l
from foodorder.procurement.documents.store import File
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission
from foodorder.rules.sampling import Method, draw, fingerprint

#: What each method is called, for the form and the pages.
METHODS = {
    Method.RANDOM: _l("Every line is as likely as every other"),
    Method.MONEY: _l("Every euro is as likely as every other (monetary unit sampling)"),
}


class SampleForm(BaseForm):
    """What to draw; what it is drawn from stands in the line of filters."""

    title = StringField(
        _l("What is it for?"), [DataRequired(), Length(max=120)],
        description=_l("For instance: prices of fruit, first half of the year."),
    )  # fmt: skip
    method = RadioField(
        _l("How to draw"), [InputRequired()], default=Method.RANDOM.value,
        choices=options((method.value, words) for method, words in METHODS.items()),
    )  # fmt: skip
    size = IntegerField(
        _l("How many lines"), [InputRequired(), NumberRange(min=1, max=service.LARGEST)], default=25
    )
    seed = StringField(
        _l("Seed"), [Optional(), Length(max=60), Regexp(r"^[\w .,:-]*$")],
        description=_l(
            "Any word or number, for instance the winning number of a lottery. Empty: the machine draws one."
        ),
    )  # fmt: skip


@bp.get("/samples")
@needs(Permission.AUDIT_WORK)
def samples() -> str:
    """The samples of the municipality, newest first."""
    rows = service.samples(municipality().id)
    return render_template("auditor/samples.html", samples=rows, methods=METHODS)


@bp.route("/samples/new", methods=["GET", "POST"])
@needs(Permission.AUDIT_WORK)
def new_sample() -> Any:
    """Choose what to draw from, and draw."""
    filters, form = chosen(), SampleForm()
    if form.validate_on_submit():
        wish = service.Wish(
            form.title.data or "", Method(form.method.data), form.size.data or 0, form.seed.data or None
        )
        try:
            with transaction():
                sample = service.draw_sample(wish, filters.selection, actor=present().actor, now=clock()).id
        except Refusal as reason:
            form.refuse(reason)
        else:
            return redirect(url_for("auditor.sample", sample_id=sample), 303)
    page = render_template(
        "auditor/sample_new.html", form=form, filters=filters, worth=service.worth(filters.selection)
    )
    return page, 422 if form.errors else 200


def own_sample(sample_id: int) -> Row[Any]:
    """A sample of this municipality; 404 for another's."""
    return found(service.sample_of(sample_id, municipality().id))


@bp.get("/samples/<int:sample_id>")
@needs(Permission.AUDIT_WORK)
def sample(sample_id: int) -> str:
    """The drawn lines, each with what was found, and how anybody can draw them again."""
    one = own_sample(sample_id)
    return show_sample(one, open_at=request.args.get("line", type=int))


def show_sample(
    one: Row[Any], *, open_at: int | None = None, refusal: str | None = None, typed: str = ""
) -> str:
    """The page of a sample; `open_at`: the place of the line whose form stands open."""
    return render_template(
        "auditor/sample.html",
        sample=one,
        lines=service.lines_of(one.id),
        method=METHODS[Method(one.method)],
        limits=_limits(one.selection),
        period=formats.days_between(one.first, one.last, year=True),
        open_at=open_at,
        refusal=refusal,
        typed=typed,
    )


def _limits(selection: dict[str, Any]) -> list[str]:
    """The filters of a sample's population, in words."""
    there, slovene = choices(municipality().id), get_locale().language == "sl"
    names = {
        "institution_id": dict(there.institutions),
        "producer_id": dict(there.producers),
        "food_group_id": {key: sl if slovene else en for key, sl, en in there.groups},
        "food_type_id": {key: sl if slovene else en for key, sl, en in there.foods},
    }
    told = {"basis": words.basis, "certificate": words.certificate, "cpv": lambda code: f"CPV {code}"}
    return [
        told[name](value) if name in told else names[name].get(value, str(value))
        for name, value in selection.items()
    ]


@bp.post("/samples/<int:sample_id>/lines")
@needs(Permission.AUDIT_WORK)
def check_line(sample_id: int) -> Any:
    """Note what was found of a line."""
    one = own_sample(sample_id)
    position, remark = request.form.get("position", 0, type=int), request.form.get("remark", "")[:2000]
    there = next((line for line in service.lines_of(one.id) if line.position == position), None)
    verdict = request.form.get("verdict")
    if not EmptyForm().validate_on_submit() or there is None or verdict not in set(Verdict):
        return redirect(url_for("auditor.sample", sample_id=one.id), 303)
    try:
        with transaction():
            service.check_line(
                one.id, position, Verdict(verdict), remark, person_id=present().person.id, now=clock()
            )
    except Refusal as reason:
        return show_sample(one, open_at=position, refusal=formats.refusal(reason), typed=remark), 422
    return redirect(url_for("auditor.sample", sample_id=one.id, _anchor=f"line-{position}"), 303)


@bp.get("/samples/<int:sample_id>.<any(csv, xlsx):ending>")
@needs(Permission.AUDIT_WORK)
def sample_file(sample_id: int, ending: str) -> Response:
    """The drawn lines with what was found, as a file."""
    one = own_sample(sample_id)
    title = gettext("Sample “%(title)s”, seed %(seed)s", title=one.title, seed=one.seed)
    return download(render(tables.sample_lines(service.lines_of(one.id)), ending, title, f"sample-{one.id}"))


@bp.get("/samples/<int:sample_id>/population.csv")
@needs(Permission.AUDIT_WORK)
def population_file(sample_id: int) -> Response:
    """What the sample was drawn from: "number;cents" of each line, exactly as its fingerprint counts them."""
    one = own_sample(sample_id)
    rows = sorted((item.number, item.cents) for item in service.drawn_from(one))
    text = "".join(f"{number};{cents}\n" for number, cents in rows)
    return download(File(f"population-{one.id}.csv", "text/csv; charset=utf-8", text.encode()))


@bp.post("/samples/<int:sample_id>/again")
@needs(Permission.AUDIT_WORK)
def draw_again(sample_id: int) -> Response:
    """Draw once more from the seed, and say whether the same lines come out."""
    one = own_sample(sample_id)
    items = service.drawn_from(one)
    same = fingerprint(items) == bytes(one.fingerprint)
    kept = [line.record_line_id for line in service.lines_of(one.id)]
    if not same:
        flash(
            gettext("What it was drawn from has changed since: a certificate, or a line itself."), "warning"
        )
    elif [drawn.number for drawn in draw(Method(one.method), one.seed, items, one.size)] == kept:
        flash(gettext("Drawn again from the same seed: the same lines in the same order."), "success")
    else:
        flash(gettext("Drawn again from the same seed: other lines. The sample was not drawn so."), "error")
    return redirect(url_for("auditor.sample", sample_id=one.id), 303)
