"""What there will be next week: the farmer's page, one card for each product."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from foodorder.accounts.models import AdmissionState, Producer
from foodorder.blueprints.producer.counter import bp, chosen_week, producer, tabs, weeks
from foodorder.blueprints.producer.load import load_of
from foodorder.blueprints.producer.publishing import publish_week
from foodorder.blueprints.producer.week_form import WeekForm
from foodorder.blueprints.producer.week_words import publish_label, state_sentences, vat_sentence
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.catalogue.offers import OffersRefused, Published
from foodorder.catalogue.queries import week_cards
from foodorder.db import clock
from foodorder.language import formats, ngettext
from foodorder.language import gettext as _
from foodorder.ordering.for_producer import ProducerWeek
from foodorder.ordering.lots import agreed_prices
from foodorder.procurement.for_producer import sold_of
from foodorder.rules.calendar import WORKDAYS
from foodorder.rules.permissions import Permission


@bp.get("/week")
@bp.get("/week/<monday>")
@needs(Permission.OFFERS_SEE_OWN)
def week(monday: str | None = None) -> Any:
    """The cards of a week; after its close, what to bring."""
    known = weeks()
    chosen = chosen_week(monday, known)
    return page(chosen, known, week_form(chosen, like_last=request.args.get("like") == "last"))


@bp.post("/week/<monday>")
@needs(Permission.OFFERS_PUBLISH)
def publish(monday: str) -> Any:
    """Publish the form of a week, or show it again with what has to be corrected."""
    known = weeks()
    chosen = chosen_week(monday, known)
    form = week_form(chosen)
    if EmptyForm().validate_on_submit() and form.validate():
        try:
            say(publish_week(producer().id, chosen, form, present().actor), form)
            return redirect(url_for("producer.week", monday=monday), code=303)
        except OffersRefused as reason:
            form.refuse(reason)
    return page(chosen, known, form), 422


def page(chosen: ProducerWeek, known: list[ProducerWeek], form: WeekForm) -> str:
    """The page of a week around its form."""
    farm = producer()
    return render_template(
        "producer/week.html",
        week=chosen,
        weeks_around=tabs(chosen, known),
        form=form,
        may_publish=present().may(Permission.OFFERS_PUBLISH) and chosen.takes_offers(clock()),
        state_sentences=state_sentences(chosen),
        vat=lambda food: vat_sentence(farm.tax_type, food.vat_class, chosen.week),
        load=load_of(farm, chosen.recorded) if chosen.recorded else None,
        admitted=any(admission.state == AdmissionState.ADMITTED for admission in farm.admissions),
        agreed=agreed_prices(farm.id, chosen.week),
        farm_names={origin.id: origin.name for origin in farm.farms},
        publish_labels=[publish_label(count) for count in range(len(form.entries) + 1)],
    )


def week_form(chosen: ProducerWeek, *, like_last: bool = False) -> WeekForm:
    """The cards of a week with what is published, or was last time."""
    farm = producer()
    cards = week_cards(farm.id, chosen.week)
    offers = {offer.id for card in cards for offer in (card.offer, card.last) if offer}
    return WeekForm(
        cards,
        chosen.week,
        delivery_days(farm),
        locked=bool(chosen.open_cycles),
        like_last=like_last,
        sold=sold_of(farm.id, offers),
    )


def delivery_days(farm: Producer) -> int:
    """The weekdays on which the producer drives anywhere (bit 0 = Monday); workdays before any admission."""
    days = 0
    for admission in farm.admissions:
        if admission.state == AdmissionState.ADMITTED:
            days |= admission.days
    return days or WORKDAYS


def say(published: Published, form: WeekForm) -> None:
    """Tell what was published, and what the farmer should look at again."""
    done = len(published.new) + len(published.changed)
    if done:
        flash(
            ngettext("%(count)s offer published.", "%(count)s offers published.", done, count=done), "success"
        )
    elif any(entry.wanted for entry in form.entries):
        flash(_("Nothing was changed."), "info")
    else:
        flash(
            _("Nothing is published: type a quantity, or press “Same as last week” first."),
            "warning",
        )
    offers = {offer.product_id: offer for offer in (*published.new, *published.changed)}
    remarks: dict[str, list[str]] = {}
    for product_id, notice in published.notices:
        if offer := offers.get(product_id):
            words = formats.sentence(notice.message, notice.facts)
            remarks.setdefault(words, []).append(offer.product.name)
    for words, names in remarks.items():
        flash(f"{formats.listed(names)}: {words}", "warning")
