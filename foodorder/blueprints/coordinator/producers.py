"""Producers: who sells here, one producer's page, a new one on behalf of a farmer, acting for one."""

from datetime import date

from flask import current_app, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from foodorder.accounts.admission import admit_directly
from foodorder.accounts.interests import withdrawn_from
from foodorder.accounts.models import AdmissionState, Producer, ProducerKind
from foodorder.accounts.personal import Detail, details_of, set_detail
from foodorder.accounts.producers import PERMIT_KINDS, add_farm, create_producer
from foodorder.accounts.queries import applications, people_of_producer, producers_of
from foodorder.accounts.sellers import KINDS, set_kind
from foodorder.accounts.sessions import act_for as act_in_session
from foodorder.billing.connect import account_of_producer
from foodorder.blueprints.coordinator import reading
from foodorder.blueprints.coordinator.counter import (
    Answer,
    bp,
    done,
    local_day,
    municipality,
    own_admission,
    page,
)
from foodorder.blueprints.coordinator.producer_forms import TAX_TYPES, KindForm, ProducerForm
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.language import local_path
from foodorder.blueprints.shared.stripe import takes_cards
from foodorder.catalogue.queries import products_of
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.procurement.queries import Scope, records
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.errors import Refusal
from foodorder.rules.permissions import ROLE_LABELS, Permission

#: States of producers that are listed; applications stand apart.
LISTED = (AdmissionState.ADMITTED, AdmissionState.SUSPENDED, AdmissionState.REFUSED)


@bp.get("/producers")
@needs(Permission.PRODUCERS_ADMIT)
def producers() -> str:
    """Applications, and everybody whom the municipality knows."""
    own, admissions = municipality(), producers_of(municipality().id, LISTED)
    today = local_day(clock())
    return render_template(
        "coordinator/producers.html",
        applications=applications(own.id),
        admissions=admissions,
        marks={one.producer_id: _marks(one.producer, today) for one in admissions},
        last_offers=reading.last_offers(own.id),
        tax_types=TAX_TYPES,
    )


def _marks(producer: Producer, today: date) -> list[tuple[str, date]]:
    """The schemes a producer has a valid certificate of, each with the day on which the first one ends."""
    ends: dict[str, list[date]] = {}
    for certificate in producer.certificates:
        if certificate.valid_from <= today <= certificate.valid_to:
            ends.setdefault(certificate.scheme, []).append(certificate.valid_to)
    return [(_(SCHEMES[scheme].label), min(days)) for scheme, days in sorted(ends.items())]


@bp.get("/producers/<int:producer_id>")
@needs(Permission.PRODUCERS_ADMIT)
def producer(producer_id: int) -> str:
    """All that is known of one producer."""
    own = own_admission(producer_id)
    return render_template(
        "coordinator/producer.html",
        admission=own,
        producer=own.producer,
        details=details_of(producer_id=producer_id),
        account=account_of_producer(producer_id) if takes_cards() else None,
        people=people_of_producer(producer_id),
        products=products_of(producer_id),
        records=records(Scope(producer_id=producer_id, municipality_id=own.municipality_id), limit=12),
        last=reading.last_offers(own.municipality_id).get(producer_id),
        today=local_day(clock()),
        tax_types=TAX_TYPES,
        kinds=KINDS,
        permit_kinds=PERMIT_KINDS,
        schemes=SCHEMES,
        role_labels=ROLE_LABELS,
        kept_out=producer_id in withdrawn_from(present().actor, local_day(clock())),
    )


@bp.route("/producers/new", methods=["GET", "POST"])
@needs(Permission.PRODUCERS_ADMIT)
def new_producer() -> Answer:
    """Enter a farmer without e-mail; the farm is admitted at once."""
    form = ProducerForm()
    if form.validate_on_submit():
        try:
            with transaction():
                producer_id = _enter(form)
        except Refusal as reason:
            form.refuse(reason)
        else:
            said = _(
                "%(producer)s is entered and admitted. Enter their products next.", producer=form.name.data
            )
            return done(said, "coordinator.producer", producer_id=producer_id)
    return page("coordinator/new_producer.html", form)


def _enter(form: ProducerForm) -> int:
    """The producer with farm, personal values and admission; raises what the services refuse."""
    own, actor, now = municipality(), present().actor, clock()
    made = create_producer(form.producer(), actor=actor, now=now)
    # First the admission: what follows is then found in this municipality's trail.
    admit_directly(
        made, own.id, days=form.days.data or 31, minimum_cents=form.minimum_cents.data or 0,
        actor=actor, now=now,
    )  # fmt: skip
    add_farm(made, form.farm(), actor=actor, now=now)
    for kind, value in (
        (Detail.CONTACT_NAME, form.contact_name.data),
        (Detail.PHONE, form.phone.data),
        (Detail.ADDRESS, form.home_address.data),
        (Detail.IBAN, form.iban.data),
    ):
        set_detail(kind, value, producer_id=made.id, municipality_id=own.id, actor=actor, now=now)
    return made.id


@bp.route("/producers/<int:producer_id>/kind", methods=["GET", "POST"])
@needs(Permission.PRODUCERS_ADMIT)
def producer_kind(producer_id: int) -> Answer:
    """Say what a producer is: whoever sells on is compared as such."""
    own = own_admission(producer_id)
    form = KindForm(data={"kind": own.producer.kind})
    if form.validate_on_submit():
        with transaction():
            set_kind(own.producer, ProducerKind(form.kind.data), actor=present().actor, now=clock())
        return done(_("Saved."), "coordinator.producer", producer_id=producer_id)
    return page("coordinator/producer_kind.html", form, admission=own_admission(producer_id))


@bp.post("/producers/<int:producer_id>/act")
@needs(Permission.PRODUCERS_ACT_FOR)
def act_for(producer_id: int) -> Response:
    """Act for a producer from here on; each act is marked so in the trail."""
    own = own_admission(producer_id)
    with transaction():
        act_in_session(current_user.login, own.producer_id, actor=present().actor, now=clock())
    wanted = request.form.get("to")
    first = "producer.week" if "producer.week" in current_app.view_functions else "coordinator.today"
    return redirect(local_path(wanted) if wanted else url_for(first), code=303)


@bp.post("/acting/stop")
@needs(Permission.PRODUCERS_ACT_FOR)
def stop_acting() -> Response:
    """Act for oneself again, and go back to the producer's page."""
    producer_id = current_user.login.on_behalf_of_producer_id
    with transaction():
        act_in_session(current_user.login, None, actor=present().actor, now=clock())
    if producer_id is None:
        return redirect(url_for("coordinator.today"), code=303)
    return redirect(url_for("coordinator.producer", producer_id=producer_id), code=303)
