"""One's own account: name, language, password, and where one is logged in."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user

from foodorder.accounts import limits, passwords, people, sessions
from foodorder.blueprints.auth.counter import address, bp, typed
from foodorder.blueprints.auth.forms import ChangePasswordForm, ProfileForm
from foodorder.blueprints.shared.access import logged_in, own_actor
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.language import ngettext, speak
from foodorder.rules.errors import Refusal


@bp.route("/profile", methods=["GET", "POST"])
@logged_in
def profile() -> Any:
    """Name and language; below them the password and the devices."""
    person = current_user.person
    form = ProfileForm(obj=person)
    if form.validate_on_submit():
        name, language = typed(form.name), typed(form.language)
        with transaction():
            people.edit_person(person, name=name, language=language, actor=own_actor(), now=clock())
        speak(language)
        flash(_("Saved."), "success")
        return redirect(url_for("auth.profile"), code=303)
    logins = sessions.sessions_of(person.id, clock())
    page = render_template("auth/profile.html", form=form, person=person, logins=logins, now=clock())
    return page, 422 if form.errors else 200


@bp.route("/profile/password", methods=["GET", "POST"])
@logged_in
def change_password() -> Any:
    """Change one's password; guesses at the present one are counted like log-ins."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            change(typed(form.present), typed(form.password))
            flash(_("Your new password is set. Other devices were logged out."), "success")
            return redirect(url_for("auth.profile"), code=303)
        except Refusal as reason:
            form.refuse(reason)
    return render_template("auth/change_password.html", form=form), 422 if form.errors else 200


def change(present: str, password: str) -> None:
    """Count the attempt, then change the password. Raises TooManyAttempts and what change_password raises."""
    person, now = current_user.person, clock()
    with transaction():
        refused = limits.count_login(person.email, address(), now)
    if refused:
        raise refused
    with transaction():
        passwords.change_password(
            person, present, password, session_id=current_user.login.id, actor=own_actor(), now=now
        )


@bp.post("/profile/sessions/<int:session_id>/end")
@logged_in
def end_session(session_id: int) -> Any:
    """Log one of one's other devices out."""
    if not EmptyForm().validate_on_submit():
        abort(400)
    with transaction():
        ended = sessions.revoke_session(session_id, current_user.person_id, actor=own_actor(), now=clock())
    if not ended:
        abort(404)
    flash(_("That device is logged out."), "success")
    return redirect(url_for("auth.profile"), code=303)


@bp.post("/profile/sessions/end")
@logged_in
def end_others() -> Any:
    """Log out everywhere but here."""
    if not EmptyForm().validate_on_submit():
        abort(400)
    with transaction():
        count = sessions.revoke_all(
            current_user.person_id, actor=own_actor(), now=clock(), but=current_user.login.id
        )
    flash(
        ngettext(
            "%(count)s device was logged out.", "%(count)s devices were logged out.", count, count=count
        ),
        "success",
    )
    return redirect(url_for("auth.profile"), code=303)
