"""What pressing "Publish" and "Less, or none" does, over all stages, in one transaction each."""

from foodorder.blueprints.producer.week_form import WeekForm
from foodorder.catalogue.models import Offer
from foodorder.catalogue.offers import (
    OffersRefused,
    Problem,
    Published,
    publish_offers,
    reduce_offer,
    withdraw_offer,
)
from foodorder.db import clock, transaction
from foodorder.ordering.for_producer import ProducerWeek
from foodorder.ordering.offers import hold, take_up, tell_affected
from foodorder.rules.errors import Refusal
from foodorder.trail.actor import Actor


def publish_week(producer_id: int, week: ProducerWeek, form: WeekForm, actor: Actor) -> Published:
    """Publish what is wanted, take back what was emptied; new offers come into open cycles at once.

    Raises OffersRefused, or WeekOver.
    """
    with transaction():
        hold(producer_id, week.week)
        now = clock()
        published = publish_offers(producer_id, week.week, form.wanted(), actor=actor, now=now)
        for offer in form.dropped():
            try:
                withdraw_offer(offer.id, None, actor=actor, now=now)
            except Refusal as reason:
                raise OffersRefused([Problem(offer.product_id, reason)]) from reason
        take_up([offer.id for offer in (*published.new, *published.changed)])
    return published


def give_less(offer: Offer, available: int | None, reason: str, actor: Actor) -> int:
    """Reduce an offer to `available` thousandths, or withdraw it (None); returns how many people are told.

    Raises the refusals of reduce_offer and withdraw_offer.
    """
    with transaction():
        hold(offer.producer_id, offer.week)
        now = clock()
        if available is None:
            withdraw_offer(offer.id, reason, actor=actor, now=now)
        else:
            reduce_offer(offer.id, available, reason, actor=actor, now=now)
        return tell_affected(offer.id)
