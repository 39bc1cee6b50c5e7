"""4. What is bought?"""

from foodorder.audit import tables
from foodorder.audit.charts import bars
from foodorder.audit.questions.frame import Answer, Asked, Exhibit
from foodorder.audit.questions.months import row_leads
from foodorder.audit.remembered import spend_compared
from foodorder.language import gettext


def brief(asked: Asked) -> str:
    """The food group with the largest sum."""
    found, _ = spend_compared(asked.selection, asked.span)
    return (
        gettext("Most is spent on: %(name)s.", name=tables.name_of(found.groups[0])) if found.groups else ""
    )


def answer(asked: Asked) -> Answer:
    """Food groups, dearest first."""
    found, _ = spend_compared(asked.selection, asked.span)
    if not found.groups:
        return Answer(gettext("Nothing was delivered"))
    table = tables.parts(found, found.groups, gettext("By food group"), "food_group", gettext("Food group"))
    leads = [row_leads("food_group", "foods", {"group": str(part.id)}) for part in found.groups]
    shown = Exhibit("groups", table, leads, draw=lambda width: bars.ranked(found.groups, width))
    return Answer(brief(asked), exhibits=(shown,))
