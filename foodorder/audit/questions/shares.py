"""6. How organic and how local is it?"""

from foodorder.audit import tables
from foodorder.audit.charts import lines as drawn
from foodorder.audit.questions.frame import Answer, Asked, Exhibit, in_month
from foodorder.audit.questions.months import row_leads
from foodorder.audit.remembered import spend_compared
from foodorder.language import formats, gettext


def brief(asked: Asked) -> str:
    """Both shares of the whole selection."""
    total = spend_compared(asked.selection, asked.span)[0].total
    if not total.lines:
        return ""
    organic, local = formats.share(total.organic_bp), formats.share(total.local_bp)
    return gettext("%(organic)s of the weight is organic, %(local)s local.", organic=organic, local=local)


def answer(asked: Asked) -> Answer:
    """Organic and local share by month."""
    found, _ = spend_compared(asked.selection, asked.span)
    if not found.total.lines:
        return Answer(gettext("Nothing was delivered"))
    shown = Exhibit(
        "shares",
        tables.shares(found),
        [row_leads("month", "shares", in_month(month)) for month, _ in found.months],
        draw=lambda width: drawn.shares(found, width),
    )
    return Answer(brief(asked), exhibits=(shown,))
