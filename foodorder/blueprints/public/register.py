"""A farm registers itself: the form, the thank-you page, and the link that confirms the address."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from foodorder.accounts import limits, registration
from foodorder.accounts.municipalities import every_municipality
from foodorder.accounts.places import guess_place
from foodorder.accounts.registration import Registering
from foodorder.blueprints.public.counter import bp
from foodorder.blueprints.public.forms import ConfirmForm, RegisterForm, read_coordinates
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.shared.forms import EmptyForm, options
from foodorder.db import clock, transaction
from foodorder.language import get_locale
from foodorder.language import gettext as _
from foodorder.rules.errors import Refusal
from foodorder.trail.actor import Actor, Source


@bp.route("/register", methods=["GET", "POST"])
@public
def register() -> Any:
    """The form; what is wrong stands beside its field, and nothing typed is lost."""
    form = RegisterForm()
    form.municipalities.choices = options((one.id, one.name) for one in every_municipality(active=True))
    if form.validate_on_submit():
        try:
            keep(form)
            return redirect(url_for("public.registered"), code=303)
        except Refusal as reason:
            form.refuse(reason)
    return render_template("public/register.html", form=form), 422 if form.errors else 200


def keep(form: RegisterForm) -> None:
    """Count the attempt, then keep what was written. Raises TooManyAttempts and what register raises."""
    now = clock()
    with transaction():
        refused = limits.count_registration(request.remote_addr or "unknown", now)
    if refused:
        raise refused
    with transaction():
        registration.register(registering(form), now=now)


def registering(form: RegisterForm) -> Registering:
    """The form as the service takes it; without coordinates the place is guessed."""
    chosen = form.municipalities.data or []
    typed, country = form.coordinates.data or "", form.country.data
    place = read_coordinates(typed, country=country) or guess_place(form.postcode.data or "", chosen)
    plain = (
        "email", "contact_name", "phone", "name", "kind", "tax_type", "tax_number", "iban",
        "country", "village", "postcode", "town", "products",
    )  # fmt: skip
    return Registering(
        **{name: form[name].data for name in plain},
        kmg_mid=form.kmg_mid.data or None,
        flat_rate_permit=form.flat_rate_permit.data or None,
        latitude=place[0],
        longitude=place[1],
        certificates=[
            {
                name: str(entry.form[name].data)
                for name in ("scheme", "number", "body", "valid_from", "valid_to")
            }
            for entry in form.certificates
            if entry.form.scheme.data
        ],
        municipality_ids=chosen,
        language=get_locale().language,
    )


@bp.get("/register/thanks")
@public
def registered() -> Any:
    """What happens next."""
    return render_template("public/registered.html")


@bp.route("/register/<secret>", methods=["GET", "POST"])
@public
def confirm(secret: str) -> Any:
    """The mailed link: confirm the address, and choose a password unless there is one already."""
    found = registration.find_registration(secret, clock())
    if found is None:
        return render_template("auth/void.html", ask=url_for("public.register")), 410
    form = ConfirmForm() if registration.needs_password(found) else EmptyForm()
    if form.validate_on_submit():
        try:
            password = form.password.data if isinstance(form, ConfirmForm) else None
            actor = Actor(Source.PERSON, request_id=g.get("request_id"))
            with transaction():
                registration.confirm(secret, password, actor=actor, now=clock())
            flash(_("Your farm is registered. Log in and enter your products meanwhile."), "success")
            return redirect(url_for("auth.login"), code=303)
        except Refusal as reason:
            form.refuse(reason)
    page = render_template("public/confirm.html", form=form, registration=found)
    return page, 422 if form.errors else 200
