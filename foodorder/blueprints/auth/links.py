"""What mailed links lead to: a new password, and an invitation; and how to ask for the first."""

import time
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_login import logout_user

from foodorder.accounts import limits, passwords, people, tokens
from foodorder.accounts.models import Person, TokenPurpose
from foodorder.blueprints.auth.counter import address, bp, enter, landing, somebody, take_time, typed
from foodorder.blueprints.auth.forms import ForgottenForm, InvitationForm, PasswordForm
from foodorder.blueprints.shared.access import public
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.rules.errors import Refusal


@bp.route("/password", methods=["GET", "POST"])
@public
def forgotten() -> Any:
    """Ask for a link; the answer is the same, and takes as long, whether or not there is such an account."""
    form = ForgottenForm()
    if form.validate_on_submit():
        started, now = time.monotonic(), clock()
        with transaction():
            refused = limits.count_reset(typed(form.email), address(), now)
        if refused is None:
            with transaction():
                passwords.ask_reset(typed(form.email), actor=somebody(), now=now)
            take_time(started)
            return render_template("auth/link_sent.html")
        form.refuse(refused)
    return render_template("auth/forgotten.html", form=form), 422 if form.errors else 200


@bp.route("/password/<secret>", methods=["GET", "POST"])
@public
def new_password(secret: str) -> Any:
    """Choose a password by a mailed link, and be logged in."""
    person = tokens.person_of(secret, TokenPurpose.PASSWORD, clock())
    if person is None:
        return render_template("auth/void.html", ask=url_for("auth.forgotten")), 410
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            with transaction():
                now = clock()
                person = passwords.set_by_link(secret, typed(form.password), actor=somebody(person), now=now)
                welcome(person, now)
            flash(_("Your new password is set. Other devices were logged out."), "success")
            return redirect(landing(), code=303)
        except Refusal as reason:
            form.refuse(reason)
    page = render_template("auth/new_password.html", form=form, person=person)
    return page, 422 if form.errors else 200


@bp.route("/invitation/<secret>", methods=["GET", "POST"])
@public
def invitation(secret: str) -> Any:
    """Accept an invitation: one's name and a password; then be logged in."""
    person = tokens.person_of(secret, TokenPurpose.INVITATION, clock())
    if person is None:
        return render_template("auth/void.html", ask=None), 410
    form = InvitationForm(data={"name": person.name})
    if form.validate_on_submit():
        try:
            with transaction():
                now, name = clock(), typed(form.name)
                actor = somebody(person)
                person = people.accept_invitation(secret, name, typed(form.password), actor=actor, now=now)
                welcome(person, now)
            flash(_("Welcome. Your account is ready."), "success")
            return redirect(landing(), code=303)
        except Refusal as reason:
            form.refuse(reason)
    return render_template("auth/invitation.html", form=form, person=person), 422 if form.errors else 200


def welcome(person: Person, now: datetime) -> None:
    """Log in whom the link belongs to, and out whoever was logged in here before."""
    logout_user()
    enter(person, now)
