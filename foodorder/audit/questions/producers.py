"""2. Who supplies us?"""

from foodorder.audit import tables
from foodorder.audit.charts import bars
from foodorder.audit.queries import share_of
from foodorder.audit.questions.frame import Answer, Asked, Exhibit
from foodorder.audit.questions.months import part_leads
from foodorder.audit.remembered import spend_compared
from foodorder.language import formats, gettext


def brief(asked: Asked) -> str:
    """The largest supplier and its share."""
    found, _ = spend_compared(asked.selection, asked.span)
    if not found.producers:
        return ""
    first = found.producers[0]
    share = formats.share(share_of(first.sums.net_cents, found.total.net_cents))
    return gettext("%(share)s of the money goes to %(name)s.", share=share, name=first.name)


def answer(asked: Asked) -> Answer:
    """Suppliers, dearest first, with their shares."""
    found, _ = spend_compared(asked.selection, asked.span)
    if not found.producers:
        return Answer(gettext("Nothing was delivered"))
    table = tables.parts(found, found.producers, gettext("By producer"), "producer", gettext("Producer"))
    shown = Exhibit(
        "producers",
        table,
        part_leads(found.producers, "producer", "months"),
        draw=lambda width: bars.ranked(found.producers, width),
    )
    return Answer(brief(asked), exhibits=(shown,))
