"""What auditors ask the coordinator about: a flag, what it rests on, and the answer."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from foodorder.audit.flags import queries, service, words
from foodorder.audit.flags.models import Flag
from foodorder.blueprints.coordinator.counter import bp, municipality
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.flag_page import evidence
from foodorder.blueprints.shared.forms import BaseForm
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission
from foodorder.rules.red_flags import RULES
from foodorder.rules.red_flags.states import FLAG_ACTIONS, FlagAction


class AnswerForm(BaseForm):
    """The coordinator's explanation."""

    words = TextAreaField(_l("Your answer"), [InputRequired(), Length(max=2000)], render_kw={"rows": 5})


@bp.get("/questions")
@needs(Permission.FLAGS_ANSWER)
def asked_flags() -> str:
    """The flags that an auditor asked about, those without an answer on top."""
    found = queries.asked(municipality().id, waiting_only=False)
    return render_template("coordinator/flags.html", flags=found, words=words)


@bp.get("/questions/<int:flag_id>")
@needs(Permission.FLAGS_ANSWER)
def asked_flag(flag_id: int) -> str:
    """One of them with what it rests on."""
    return _page(our_flag(flag_id), AnswerForm())


@bp.post("/questions/<int:flag_id>")
@needs(Permission.FLAGS_ANSWER)
def answer_flag(flag_id: int) -> Any:
    """Say what the reason is; the auditor decides."""
    flag, form = our_flag(flag_id), AnswerForm()
    if form.validate_on_submit():
        try:
            with transaction():
                service.write(
                    flag, FlagAction.ANSWER, form.words.data or "", actor=present().actor, now=clock()
                )
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(_("Sent. The auditor reads it beside the flag and decides."), "success")
            return redirect(url_for(".asked_flags"), 303)
    return _page(our_flag(flag_id), form), 422


def our_flag(flag_id: int) -> Flag:
    """A flag of our municipality that we were asked about; 404 for all others."""
    return queries.flag_of(flag_id, municipality().id, asked_only=True) or abort(404)


def _page(flag: Flag, form: AnswerForm) -> str:
    return render_template(
        "coordinator/flag.html",
        flag=flag,
        rule=RULES.get(flag.rule),
        proofs=evidence(flag),
        words=words,
        form=form,
        actions={action.value: label for action, label in FLAG_ACTIONS.items()},
    )
