"""Flags: reasons to look, with their evidence, what people said of them, and the rules that find them."""

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from foodorder.audit.exports import render
from foodorder.audit.flags import queries, service, words
from foodorder.audit.flags.models import Flag
from foodorder.audit.flags.parameters import numbers_on
from foodorder.audit.selection import recorded_span
from foodorder.blueprints.auditor.counter import bp, download, found, whole_municipality
from foodorder.blueprints.auditor.flag_filters import read_filters
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.flag_page import evidence
from foodorder.blueprints.shared.forms import BaseForm, options
from foodorder.db import clock, transaction
from foodorder.language import formats, gettext
from foodorder.language import lazy_gettext as _l
from foodorder.language.times import local
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission
from foodorder.rules.red_flags import RULES
from foodorder.rules.red_flags.competition import FITS
from foodorder.rules.red_flags.model import FAMILIES, SEVERITIES
from foodorder.rules.red_flags.states import FLAG_ACTIONS, FLAG_CHOICES, FlagAction, FlagState, choices

#: Flags on one page, and in one file; runs that are shown.
PAGE, MOST, RUNS = 25, 20_000, 12


class DecideForm(BaseForm):
    """What an auditor does with a flag."""

    action = RadioField(_l("What do you do?"), [InputRequired()])
    words = TextAreaField(_l("In your words"), [InputRequired(), Length(max=2000)], render_kw={"rows": 4})


class RunForm(BaseForm):
    """Which months the rules look at again."""

    first = SelectField(_l("From month"), [InputRequired()])
    last = SelectField(_l("To month"), [InputRequired()])


@bp.get("/flags")
@needs(Permission.FLAGS_SEE)
def flags() -> str:
    """The reasons to look, the gravest and newest first."""
    filters = read_filters(whole_municipality().id)
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    count = queries.count(filters.chosen)
    return render_template(
        "auditor/flags.html",
        filters=filters,
        flags=queries.flags(filters.chosen, limit=PAGE, offset=(number - 1) * PAGE),
        states=queries.by_state(filters.chosen),
        count=count,
        number=number,
        pages=-(-count // PAGE),
        words=words,
        every=sum(queries.by_state(queries.Chosen(filters.chosen.municipality_id)).values()),
    )


@bp.get("/flags.<any(csv, xlsx):ending>")
@needs(Permission.FLAGS_SEE)
def flags_file(ending: str) -> Response:
    """The chosen flags as a file."""
    own = whole_municipality()
    table = words.table(queries.flags(read_filters(own.id).chosen, limit=MOST))
    title = gettext("Flags, %(municipality)s", municipality=own.name)
    return download(render(table, ending, title, f"{table.name}-{own.code}"))


@bp.get("/flags/<int:flag_id>")
@needs(Permission.FLAGS_SEE)
def flag(flag_id: int) -> str:
    """One flag with what is behind it, its rule, its notes and what can be done."""
    one = our_flag(flag_id)
    return flag_page(one, decide_form(one))


@bp.post("/flags/<int:flag_id>")
@needs(Permission.FLAGS_DECIDE)
def decide_flag(flag_id: int) -> Any:
    """Explain, confirm, dismiss, ask, note or open again."""
    one = our_flag(flag_id)
    form = decide_form(one)
    if form.validate_on_submit():
        try:
            with transaction():
                service.write(
                    one,
                    FlagAction(form.action.data),
                    form.words.data or "",
                    actor=present().actor,
                    now=clock(),
                )
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(
                gettext("Kept: %(what)s.", what=gettext(FLAG_ACTIONS[FlagAction(form.action.data)])),
                "success",
            )
            return redirect(url_for(".flag", flag_id=flag_id), 303)
    return flag_page(our_flag(flag_id), form), 422


@bp.get("/flags/rules")
@needs(Permission.FLAGS_SEE)
def flag_rules() -> str:
    """Every rule in words with its numbers of today, the last runs, and a run on past months."""
    return rules_page(run_form())


@bp.post("/flags/rules")
@needs(Permission.FLAGS_DECIDE)
def run_rules() -> Any:
    """Ask for a run on past months; the scheduler does it within a minute."""
    form = run_form()
    if form.validate_on_submit():
        first, last = (date.fromisoformat(f"{field.data}-01") for field in (form.first, form.last))
        try:
            with transaction():
                service.ask_run(whole_municipality().id, first, last, actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(
                gettext("Asked for. What the rules find appears among the flags within a minute."), "success"
            )
            return redirect(url_for(".flag_rules"), 303)
    return rules_page(form), 422


def our_flag(flag_id: int) -> Flag:
    """A flag of the reader's municipality; 404 for all others."""
    return found(queries.flag_of(flag_id, whole_municipality().id))


def decide_form(one: Flag) -> DecideForm:
    """The form with what can be done with a flag as it stands."""
    form = DecideForm()
    can = choices(FlagState(one.state), waits=one.waits)
    form.action.choices = options((action.value, gettext(FLAG_CHOICES[action])) for action in can)
    return form


def flag_page(one: Flag, form: DecideForm) -> str:
    """The page of a flag."""
    return render_template(
        "auditor/flag.html",
        flag=one,
        rule=RULES.get(one.rule),
        proofs=evidence(one),
        words=words,
        form=form,
        actions={action.value: label for action, label in FLAG_ACTIONS.items()},
    )


def run_form() -> RunForm:
    """The form with the months that were recorded so far, the newest first."""
    form = RunForm()
    today = local(clock()).date()
    span = recorded_span(whole_municipality().id) or (today, today)
    first, last = span[0].replace(day=1), max(today, span[1])
    found_months: list[tuple[str, str]] = []
    while first <= last:
        found_months.append((f"{first:%Y-%m}", formats.month(first)))
        first = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    form.first.choices = form.last.choices = options(reversed(found_months))
    return form


def rules_page(form: RunForm) -> str:
    """The page of the rules."""
    own = whole_municipality()
    return render_template(
        "auditor/flag_rules.html",
        rules=RULES.values(),
        families=FAMILIES,
        severities=SEVERITIES,
        numbers=numbers_on(local(clock()).date()),
        found=queries.found_by_rule(own.id),
        runs=queries.runs(own.id, RUNS),
        fits=FITS,
        words=words,
        form=form,
    )
