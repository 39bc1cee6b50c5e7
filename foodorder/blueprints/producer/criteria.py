"""By which criteria a producer's offers are compared, in each municipality that admitted them."""

from flask import render_template

from foodorder.accounts.models import AdmissionState, Municipality
from foodorder.agreements.criteria import criteria_on
from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.shared.access import needs
from foodorder.blueprints.shared.scores import criteria_words
from foodorder.db import clock, db
from foodorder.language.times import local
from foodorder.rules.permissions import Permission


@bp.get("/criteria")
@needs(Permission.OFFERS_SEE_OWN)
def criteria() -> str:
    """What holds today and what is published for later, by municipality."""
    today = local(clock()).date()
    admitted = [one.municipality_id for one in producer().admissions if one.state == AdmissionState.ADMITTED]
    municipalities = db.session.scalars(
        db.select(Municipality).where(Municipality.id.in_(admitted)).order_by(Municipality.sort_key)
    )
    return render_template(
        "producer/criteria.html",
        parts=[(one, criteria_words(one.id, criteria_on(one.id, today), today)) for one in municipalities],
    )
