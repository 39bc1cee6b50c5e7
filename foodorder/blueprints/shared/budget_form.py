"""The form of budgets and of approval, as the accountant and the coordinator fill it in."""

from datetime import datetime

from wtforms import RadioField
from wtforms.validators import Optional

from foodorder.accounts.budgets import Budgets, Period, set_approval, set_budget
from foodorder.accounts.models import Institution, Unapproved
from foodorder.blueprints.shared.forms import BaseForm, MoneyField, options
from foodorder.language import lazy_gettext as _l
from foodorder.rules.agreements import FUNDINGS, Funding
from foodorder.trail.actor import Actor

#: What becomes at the deadline of an order that nobody approved, in words.
UNAPPROVED = {
    Unapproved.DROP: _l("It does not count: nothing of it is delivered"),
    Unapproved.COUNT: _l("It counts all the same, and the auditor sees that nobody approved it"),
}

#: Years before and after the present one whose budgets can be looked at.
YEARS = 2


class ApprovalFields(BaseForm):
    """Above which sum a second person approves, and what becomes without them."""

    approval_limit_cents = MoneyField(
        _l("A second person approves orders above, net"),
        [Optional()],
        description=_l("Orders beyond a budget are asked about too. Empty: nobody is asked."),
    )
    unapproved = RadioField(
        _l("An order that nobody approved before the deadline"),
        choices=options((key.value, label) for key, label in UNAPPROVED.items()),
        default=Unapproved.DROP.value,
    )


class BudgetForm(ApprovalFields):
    """Budgets of one year by funding source, each for the year and for every week of it."""

    def begin_with(self, institution: Institution, budgets: Budgets) -> None:
        """Begin with what is set; the usual week stands where no other is entered."""
        self.approval_limit_cents.data = institution.approval_limit_cents
        self.unapproved.data = institution.unapproved
        for funding in Funding:
            for period in Period:
                self[f"{funding}_{period}"].data = budgets.entered.get((funding, period))

    def save(self, institution: Institution, year: int, *, actor: Actor, now: datetime) -> None:
        """Write what was typed. Raises BelowZero."""
        for funding in Funding:
            for period in Period:
                cents = self[f"{funding}_{period}"].data
                set_budget(institution, funding, period, year, cents, actor=actor, now=now)
        limit, unapproved = self.approval_limit_cents.data, Unapproved(self.unapproved.data)
        set_approval(institution, limit, unapproved, actor=actor, now=now)

    @property
    def rows(self) -> list[tuple[str, MoneyField, MoneyField]]:
        """Of each funding source its name and the fields of year and week."""
        return [(FUNDINGS[one], self[f"{one}_year"], self[f"{one}_week"]) for one in Funding]


#: The label of each field, read aloud: source and period.
_LABELS = {
    (Funding.REGULAR, Period.YEAR): _l("Regular meals, the year"),
    (Funding.REGULAR, Period.WEEK): _l("Regular meals, each week"),
    (Funding.SCHOOL_SCHEME, Period.YEAR): _l("School scheme, the year"),
    (Funding.SCHOOL_SCHEME, Period.WEEK): _l("School scheme, each week"),
    (Funding.BREAKFAST, Period.YEAR): _l("Traditional Slovene breakfast, the year"),
    (Funding.BREAKFAST, Period.WEEK): _l("Traditional Slovene breakfast, each week"),
    (Funding.OTHER, Period.YEAR): _l("Other funds, the year"),
    (Funding.OTHER, Period.WEEK): _l("Other funds, each week"),
}
for (_funding, _period), _label in _LABELS.items():
    setattr(BudgetForm, f"{_funding}_{_period}", MoneyField(_label, [Optional()]))


def asked_year(text: str | None, present: int) -> int:
    """The year of the address, if it is near the present one."""
    wanted = int(text) if text and text.isdecimal() and len(text) == 4 else present
    return wanted if abs(wanted - present) <= YEARS else present
