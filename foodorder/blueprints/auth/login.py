"""Log in, log out, continue in another role."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user, logout_user

from foodorder.accounts import limits, passwords, sessions
from foodorder.blueprints.auth.counter import address, bp, enter, landing, typed
from foodorder.blueprints.auth.forms import LoginForm
from foodorder.blueprints.shared.access import logged_in, look_again, own_actor, present, public
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.rules.errors import Refusal


@bp.route("/login", methods=["GET", "POST"])
@public
def login() -> Any:
    """E-mail and password; the same answer for a wrong password as for nobody's address."""
    target = request.args.get("next")
    if current_user.is_authenticated:
        return redirect(landing(target))
    form = LoginForm()
    if form.validate_on_submit():
        try:
            log_in(typed(form.email), typed(form.password))
            return redirect(landing(target), code=303)
        except Refusal as reason:
            form.refuse(reason)
    return render_template("auth/login.html", form=form, target=target), 422 if form.errors else 200


def log_in(email: str, password: str) -> None:
    """Count the attempt, judge it, begin the session. Raises TooManyAttempts or WrongCredentials."""
    now = clock()
    with transaction():
        refused = limits.count_login(email, address(), now)
    if refused:
        raise refused
    with transaction():
        enter(passwords.check_credentials(email, password), now)


@bp.post("/logout")
@logged_in
def logout() -> Any:
    """End this browser's session for good."""
    if not EmptyForm().validate_on_submit():
        abort(400)
    with transaction():
        sessions.revoke_session(current_user.login.id, current_user.person_id, actor=own_actor(), now=clock())
    logout_user()
    flash(_("You are logged out."), "success")
    return redirect(url_for("public.home"), code=303)


@bp.post("/role")
@logged_in
def switch() -> Any:
    """Continue in another of one's roles; the page says which."""
    chosen = request.form.get("to", "")
    if not EmptyForm().validate_on_submit() or not chosen.isdecimal() or len(chosen) > 9:
        abort(400)
    with transaction():
        sessions.switch_role(current_user.login, int(chosen), actor=own_actor(), now=clock())
    look_again()
    who = present()
    flash(
        _(
            "You continue as %(role)s – %(organisation)s.",
            role=who.role_label,
            organisation=who.organisation_name,
        ),
        "info",
    )
    return redirect(landing(), code=303)
