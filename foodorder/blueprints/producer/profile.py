"""The producer's own page: data, farms, certificates, terms in each municipality."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from flask import abort, flash, redirect, render_template, url_for

from foodorder.accounts import producers as service
from foodorder.accounts.models import Admission, Municipality, Producer
from foodorder.accounts.personal import Detail, details_of, set_detail
from foodorder.accounts.producers import PERMIT_KINDS, CertificateData, FarmData, PermitData, ProducerData
from foodorder.accounts.sellers import KINDS
from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.producer.product_form import scheme_label
from foodorder.blueprints.producer.profile_forms import (
    CertificateForm,
    FarmForm,
    PermitForm,
    ProfileForm,
    TermsForm,
    ends,
)
from foodorder.blueprints.public.forms import read_coordinates
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm
from foodorder.catalogue.queries import certificates_of
from foodorder.db import clock, db, transaction
from foodorder.language import get_locale
from foodorder.language import gettext as _
from foodorder.language.countries import countries
from foodorder.rules.checkdigits import check_iban
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import Permission
from foodorder.trail.actor import Actor


@bp.get("/profile")
@needs(Permission.PRODUCER_SEE)
def profile() -> str:
    """Everything written about the producer, with what ends soon."""
    farm = producer()
    today = clock().date()
    return render_template(
        "producer/profile.html",
        producer=farm,
        details=details_of(producer_id=farm.id),
        certificates=list(reversed(certificates_of(farm.id))),
        farm_names={origin.id: origin.name for origin in farm.farms},
        municipalities={one.municipality_id: municipality(one) for one in farm.admissions},
        scheme_label=scheme_label,
        kinds=KINDS,
        country_name=lambda code: countries(get_locale().language).get(code, code),
        permit_label=lambda kind: _(PERMIT_KINDS.get(kind, kind)),
        ends=lambda valid_to: ends(valid_to, today),
    )


def municipality(admission: Admission) -> Municipality:
    """The municipality of an admission."""
    return db.session.get_one(Municipality, admission.municipality_id)


@bp.route("/profile/edit", methods=["GET", "POST"])
@needs(Permission.PRODUCER_EDIT)
def edit_profile() -> Any:
    """Change name, description, contact and account."""
    farm = producer()
    stored = {name: getattr(farm, name) for name in ("name", "description", "email", "language")}
    form = ProfileForm(data=stored | details_of(producer_id=farm.id))

    def store(actor: Actor, now: datetime) -> None:
        iban = check_iban(form.iban.data) if form.iban.data else None
        typed = {
            "name": form.name.data,
            "description": form.description.data or None,
            "email": form.email.data or None,
            "language": form.language.data,
        }
        service.edit_producer(farm, data_of(farm, typed), actor=actor, now=now)
        for kind, value in (
            (Detail.CONTACT_NAME, form.contact_name.data),
            (Detail.PHONE, form.phone.data),
            (Detail.IBAN, iban),
        ):
            set_detail(kind, value or None, producer_id=farm.id, actor=actor, now=now)

    return form_page(form, _("Our farm"), url_for("producer.edit_profile"), store)


def data_of(farm: Producer, typed: dict[str, Any]) -> ProducerData:
    """What is stored about a producer with what was typed over it."""
    return ProducerData(**{one.name: getattr(farm, one.name) for one in fields(ProducerData)} | typed)


@bp.route("/profile/terms/<int:municipality_id>", methods=["GET", "POST"])
@needs(Permission.PRODUCER_EDIT)
def edit_terms(municipality_id: int) -> Any:
    """Delivery days and the smallest order in one municipality."""
    found = [one for one in producer().admissions if one.municipality_id == municipality_id] or abort(404)
    admission = found[0]
    form = TermsForm(data={"days": admission.days, "minimum_cents": admission.minimum_cents or None})

    def store(actor: Actor, now: datetime) -> None:
        service.set_terms(
            admission, days=form.days.data, minimum_cents=form.minimum_cents.data or 0, actor=actor, now=now
        )

    title = _("Deliveries to %(municipality)s", municipality=municipality(admission).name)
    return form_page(form, title, url_for("producer.edit_terms", municipality_id=municipality_id), store)


@bp.route("/profile/farms/new", methods=["GET", "POST"])
@bp.route("/profile/farms/<int:farm_id>", methods=["GET", "POST"])
@needs(Permission.PRODUCER_EDIT)
def edit_farm(farm_id: int | None = None) -> Any:
    """Add or change a farm of origin; a new one is placed where the producer is."""
    origin = own(producer().farms, farm_id)
    known = f"{origin.latitude}, {origin.longitude}" if origin else None
    form = FarmForm(obj=origin, data={"coordinates": known})

    def store(actor: Actor, now: datetime) -> None:
        place = origin or producer()
        typed = read_coordinates(form.coordinates.data or "", country=form.country.data)
        latitude, longitude = typed or (place.latitude, place.longitude)
        data = FarmData(
            name=form.name.data or "",
            country=form.country.data,
            kmg_mid=form.kmg_mid.data or None,
            village=form.village.data or "",
            postcode=form.postcode.data or "",
            town=form.town.data or "",
            latitude=latitude,
            longitude=longitude,
            municipality_id=origin.municipality_id if origin else None,
        )
        if origin:
            service.edit_farm(origin, data, actor=actor, now=now)
        else:
            service.add_farm(producer(), data, actor=actor, now=now)

    title = origin.name if origin else _("Add a farm of origin")
    return form_page(form, title, url_for("producer.edit_farm", farm_id=farm_id), store)


@bp.route("/profile/certificates/new", methods=["GET", "POST"])
@bp.route("/profile/certificates/<int:certificate_id>", methods=["GET", "POST"])
@needs(Permission.PRODUCER_EDIT)
def edit_certificate(certificate_id: int | None = None) -> Any:
    """Add a certificate, or correct one."""
    proof = own(producer().certificates, certificate_id)
    form = CertificateForm(obj=proof, farm_id=(proof.farm_id or 0) if proof else 0)
    form.offer_choices(producer().farms)

    def store(actor: Actor, now: datetime) -> None:
        data = CertificateData(
            scheme=form.scheme.data,
            number=form.number.data or "",
            body=form.body.data or "",
            valid_from=form.valid_from.data or date.max,
            valid_to=form.valid_to.data or date.max,
            farm_id=form.farm_id.data or None,
        )
        if proof:
            service.edit_certificate(proof, data, actor=actor, now=now)
        else:
            service.add_certificate(producer(), data, actor=actor, now=now)

    title = scheme_label(proof.scheme) if proof else _("Add a certificate")
    return form_page(form, title, url_for("producer.edit_certificate", certificate_id=certificate_id), store)


@bp.route("/profile/permits/new", methods=["GET", "POST"])
@bp.route("/profile/permits/<int:permit_id>", methods=["GET", "POST"])
@needs(Permission.PRODUCER_EDIT)
def edit_permit(permit_id: int | None = None) -> Any:
    """Add a permit, or correct one."""
    permit = own(producer().permits, permit_id)
    form = PermitForm(obj=permit)
    form.offer_choices()

    def store(actor: Actor, now: datetime) -> None:
        data = PermitData(
            kind=form.kind.data,
            number=form.number.data or "",
            valid_from=form.valid_from.data or date.max,
            valid_to=form.valid_to.data,
        )
        if permit:
            service.edit_permit(permit, data, actor=actor, now=now)
        else:
            service.add_permit(producer(), data, actor=actor, now=now)

    title = _(PERMIT_KINDS[permit.kind]) if permit else _("Add a permit")
    return form_page(form, title, url_for("producer.edit_permit", permit_id=permit_id), store)


def own(rows: list[Any], number: int | None) -> Any:
    """The row with this number among the producer's; None for a new one, 404 for everybody else's."""
    if number is None:
        return None
    return next((row for row in rows if row.id == number), None) or abort(404)


def form_page(form: BaseForm, title: str, action: str, store: Callable[[Actor, datetime], None]) -> Any:
    """A page with one form: stored and back to the profile, or shown again with what is wrong."""
    if form.validate_on_submit():
        try:
            with transaction():
                store(present().actor, clock())
            flash(_("Saved."), "success")
            return redirect(url_for("producer.profile"), code=303)
        except Refusal as reason:
            form.refuse(reason)
    page = render_template("producer/form.html", form=form, title=title, action=action)
    return page, 422 if form.errors else 200
