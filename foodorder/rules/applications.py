"""Applications to a dynamic purchasing system (dinamični nabavni sistem): until when they are decided.

The system stays open for its whole life to every supplier who meets the conditions, and an application is
evaluated within ten working days (ZJN-3, art. 49; Directive 2014/24/EU, art. 34(5); dated row
`procurement.dps_evaluation`). Working days are those from Monday to Friday that are no public holiday; the
day of the application does not count (Regulation (EEC, Euratom) No 1182/71, art. 3).
"""

from collections.abc import Iterable
from datetime import date, timedelta

from foodorder.rules.agreements import AgreementKind, AgreementState
from foodorder.rules.calendar import WORKDAYS, Period, falls_on
from foodorder.rules.errors import N_, Refusal


class NotOpenForApplications(Refusal):
    """An application to something that is no dynamic purchasing system, or not in force any more."""

    message = N_("This lot does not take applications.")


class AlreadyApplied(Refusal):
    """A second application while the first waits."""

    message = N_("An application of yours for this lot waits for the decision already.")


class AlreadySupplier(Refusal):
    """An application of somebody who is admitted to the lot."""

    message = N_("You are admitted to this lot already.")


class DocumentsMissing(Refusal):
    """An application without any document: there would be nothing to decide on."""

    message = N_("Add at least one document that shows that you meet the conditions.")
    default_field = "documents"


class ApplicationDecided(Refusal):
    """A decision on, or a withdrawal of, an application that no longer waits."""

    message = N_("This application was decided or withdrawn meanwhile. Load the page again.")


class RefusalWithoutReason(Refusal):
    """A refusal without words: the producer may mend what was missing and apply again."""

    message = N_("Write why: the producer reads it, and it is kept for the auditor.")
    default_field = "reason"


def is_open(kind: AgreementKind, state: AgreementState, valid_to: date, day: date) -> bool:
    """Whether a lot of this agreement takes applications on a day."""
    return kind is AgreementKind.DPS and state is AgreementState.IN_FORCE and day <= valid_to


def is_working_day(day: date, holidays: Iterable[Period]) -> bool:
    """Monday to Friday, and in no public holiday."""
    return falls_on(WORKDAYS, day) and not any(day in holiday for holiday in holidays)


def decide_by(applied_on: date, working_days: int, holidays: Iterable[Period]) -> date:
    """The last day of the term: so many working days after the day of the application."""
    free, day = tuple(holidays), applied_on
    while working_days > 0:
        day += timedelta(days=1)
        working_days -= is_working_day(day, free)
    return day


def working_days_left(today: date, last: date, holidays: Iterable[Period]) -> int:
    """Working days after today up to the last day; 0 on the last day, less than 0 once it has passed."""
    free = tuple(holidays)
    first, end, sign = (today, last, 1) if today <= last else (last, today, -1)
    days = (first + timedelta(days=number) for number in range(1, (end - first).days + 1))
    left = sum(is_working_day(day, free) for day in days)
    # A Saturday after the last day is late, though no working day has passed.
    return left if sign > 0 else -max(left, 1)
