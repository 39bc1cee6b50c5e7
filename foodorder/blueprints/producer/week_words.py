"""Where a week stands, in words, and what its button says."""

from datetime import date, datetime

from foodorder.catalogue import law
from foodorder.db import clock
from foodorder.language import formats, ngettext
from foodorder.language import gettext as _
from foodorder.ordering.for_producer import ProducerWeek
from foodorder.rules.cycle import State
from foodorder.rules.vat import RateUnknown, TaxType, rate_on


def state_sentences(chosen: ProducerWeek) -> list[str]:
    """Where the week stands: one sentence for all municipalities that stand alike."""
    groups: dict[tuple[str, datetime, datetime], list[str]] = {}
    for cycle in chosen.cycles:
        groups.setdefault((cycle.state, cycle.opens_at, cycle.closes_at), []).append(cycle.municipality.name)
    return [
        state_sentence(state, opens_at, closes_at, names)
        for (state, opens_at, closes_at), names in groups.items()
    ]


def state_sentence(state: str, opens_at: datetime, closes_at: datetime, names: list[str]) -> str:
    """One sentence about cycles with the same times; `count` bends the verb."""
    facts = {"names": formats.listed(names), "closes": formats.moment(closes_at)}
    if state == State.OPEN:
        return ngettext(
            "%(names)s is ordering. It closes %(closes)s, %(left)s.",
            "%(names)s are ordering. It closes %(closes)s, %(left)s.",
            len(names),
            left=formats.until(closes_at, clock()),
            **facts,
        )
    if state == State.PLANNED:
        return ngettext(
            "%(names)s orders from %(opens)s to %(closes)s.",
            "%(names)s order from %(opens)s to %(closes)s.",
            len(names),
            opens=formats.moment(opens_at),
            **facts,
        )
    return ngettext("%(names)s closed on %(closes)s.", "%(names)s closed on %(closes)s.", len(names), **facts)


def publish_label(count: int) -> str:
    """The words of the button, for every number of offers that may stand in the form."""
    if not count:
        return _("Publish offers")
    return ngettext("Publish %(count)s offer", "Publish %(count)s offers", count, count=count)


def vat_sentence(tax_type: str, vat_class: str, day: date) -> str:
    """What comes on top of the producer's price for a kitchen (rules/vat.py)."""
    if tax_type == TaxType.VAT_PAYER:
        try:
            bp = rate_on(law.vat_rates(), vat_class, day)
        except RateUnknown as reason:
            return formats.refusal(reason)
        return _("VAT of %(rate)s is added.", rate=formats.rate(bp))
    if tax_type == TaxType.FLAT_RATE:
        return _("No VAT is added; buyers who charge VAT pay the flat-rate compensation.")
    return _("No VAT is added.")
