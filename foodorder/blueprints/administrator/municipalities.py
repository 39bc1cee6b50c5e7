"""All municipalities: which take part, and by which rules."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for

from foodorder.accounts import municipalities as service
from foodorder.accounts.models import Municipality
from foodorder.accounts.municipalities import MunicipalitySettings
from foodorder.agreements.kinds import begin_lawfully
from foodorder.blueprints.administrator.counter import bp
from foodorder.blueprints.administrator.forms import SettingsForm
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.rules.aggregation import MinimumRule, PackRounding
from foodorder.rules.permissions import Permission


@bp.get("/")
@needs(Permission.MUNICIPALITIES_MANAGE)
def municipalities() -> Any:
    """Those that take part, and a search among the others."""
    words = request.args.get("q", "").strip()
    return render_template(
        "administrator/municipalities.html",
        active=service.every_municipality(active=True),
        resting=service.every_municipality(active=False, words=words),
        words=words,
    )


@bp.route("/municipality/<code>", methods=["GET", "POST"])
@needs(Permission.MUNICIPALITIES_MANAGE)
def municipality(code: str) -> Any:
    """One municipality's contact and rules."""
    chosen = _chosen(code)
    form = SettingsForm(obj=chosen)
    if form.validate_on_submit():
        with transaction():
            service.save_settings(chosen, _settings(form, chosen), actor=present().actor, now=clock())
        flash(_("Saved. Weeks that are planned already keep their rules."), "success")
        return redirect(url_for("administrator.municipality", code=code), code=303)
    page = render_template("administrator/municipality.html", municipality=chosen, form=form)
    return page, 422 if form.errors else 200


@bp.post("/municipality/<code>/<any(begin, rest):verb>")
@needs(Permission.MUNICIPALITIES_MANAGE)
def take_part(code: str, verb: str) -> Any:
    """Let a municipality take part, or rest."""
    chosen = _chosen(code)
    if not EmptyForm().validate_on_submit():
        abort(400)
    act = service.activate if verb == "begin" else service.deactivate
    with transaction():
        act(chosen, actor=present().actor, now=clock())
        if verb == "begin":
            begin_lawfully(chosen, actor=present().actor, now=clock())
    if verb == "begin":
        flash(
            _(
                "%(name)s takes part. Now its contact and rules, then invite its coordinator.",
                name=chosen.name,
            ),
            "success",
        )
        return redirect(url_for("administrator.municipality", code=code), code=303)
    flash(_("%(name)s rests. What it has stays readable.", name=chosen.name), "success")
    return redirect(url_for("administrator.municipalities"), code=303)


def _chosen(code: str) -> Municipality:
    found = service.by_code(code)
    if found is None:
        abort(404)
    return found


def _settings(form: SettingsForm, municipality: Municipality) -> MunicipalitySettings:
    return MunicipalitySettings(
        contact_email=form.contact_email.data or None,
        pack_rounding=PackRounding(form.pack_rounding.data),
        minimum_rule=MinimumRule(form.minimum_rule.data),
        language=form.language.data,
        zone=municipality.zone,
    )
