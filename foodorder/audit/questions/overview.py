"""The four figures at the top of the desk, each beside the year before."""

from foodorder.audit.queries import Sums
from foodorder.audit.questions.before import grown, moved, stretch
from foodorder.audit.questions.frame import Asked, Headline, lines
from foodorder.audit.questions.shares import certified_lines
from foodorder.audit.remembered import spend_compared
from foodorder.language import formats, gettext


def headlines(asked: Asked) -> list[Headline]:
    """Net sum, weight, organic and local share of a selection; nothing when nothing was delivered."""
    found, compared = spend_compared(asked.selection, asked.span)
    total = found.total
    if not total.lines:
        return []
    now, before = (compared.now, compared.before) if compared else (Sums(), Sums())
    days = stretch(compared)
    return [
        Headline(gettext("Net, without VAT"), formats.money(total.net_cents),
                 *grown(now.net_cents, before.net_cents, days), lines()),
        Headline(gettext("Weight"), formats.weight(total.grams),
                 *grown(now.grams, before.grams, days), lines()),
        Headline(gettext("Organic, by weight"), formats.share(total.organic_bp),
                 *moved(now.organic_bp, before.organic_bp, days), certified_lines(asked, "organic")),
        Headline(gettext("Local, by weight"), formats.share(total.local_bp),
                 *moved(now.local_bp, before.local_bp, days), lines(origin="local")),
    ]  # fmt: skip
