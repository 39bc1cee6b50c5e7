"""Forms of cycles: times are typed in the municipality's own time."""

from datetime import date, datetime
from typing import Any, cast

from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from foodorder.blueprints.shared.forms import BaseForm, CountField, WeekdaysField, options
from foodorder.language import get_timezone, gettext
from foodorder.language import lazy_gettext as _l
from foodorder.language.times import local, weekday
from foodorder.rules.calendar import local_instant, monday_of


def _instant(day: Any, at: Any) -> datetime:
    """The instant (UTC) of a local day and time that a valid form holds."""
    return local_instant(day, at, get_timezone().key)


class ReasonForm(BaseForm):
    """A reason that everybody concerned reads."""

    reason = TextAreaField(_l("Reason"), [DataRequired(), Length(max=500)])


class ExtendForm(ReasonForm):
    """A later deadline."""

    closes_on = DateField(_l("New last day"), [InputRequired()])
    closes_time = TimeField(_l("Time"), [InputRequired()])

    def deadline(self) -> datetime:
        """The instant that was typed (UTC)."""
        return _instant(self.closes_on.data, self.closes_time.data)

    def begin_with(self, closes_at: datetime) -> None:
        """Begin with the present deadline."""
        self.closes_on.data, self.closes_time.data = local(closes_at).date(), local(closes_at).time()


class CycleForm(BaseForm):
    """One cycle outside every schedule."""

    week = DateField(
        _l("A day of the delivery week"), [InputRequired()], description=_l("Any day of it; the week counts.")
    )
    opens_on = DateField(_l("Opens on"), [InputRequired()])
    opens_time = TimeField(_l("Opens at"), [InputRequired()])
    closes_on = DateField(_l("Closes on"), [InputRequired()])
    closes_time = TimeField(_l("Closes at"), [InputRequired()])
    days = WeekdaysField(_l("Delivery days"), default=31, days=range(6))

    def monday(self) -> date:
        """The Monday of the delivery week."""
        return monday_of(cast(date, self.week.data))

    def window(self) -> tuple[datetime, datetime]:
        """Opening and deadline (UTC)."""
        return (
            _instant(self.opens_on.data, self.opens_time.data),
            _instant(self.closes_on.data, self.closes_time.data),
        )


#: Weeks before the delivery week, as people say it.
WEEKS_BEFORE = ((1, _l("the week before")), (2, _l("two weeks before")), (3, _l("three weeks before")))


class ScheduleForm(BaseForm):
    """A weekly rhythm. Weekdays 0 = Monday, times local."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=80)])
    opens_weekday = SelectField(_l("Opens on"), [InputRequired()], coerce=int)
    opens_weeks_before = SelectField(
        _l("Opens in"), [InputRequired()], coerce=int, choices=options(WEEKS_BEFORE), default=2
    )
    opens_time = TimeField(_l("Opens at"), [InputRequired()])
    closes_weekday = SelectField(_l("Closes on"), [InputRequired()], coerce=int)
    closes_weeks_before = SelectField(
        _l("Closes in"), [InputRequired()], coerce=int, choices=options(WEEKS_BEFORE), default=1
    )
    closes_time = TimeField(_l("Closes at"), [InputRequired()])
    days = WeekdaysField(_l("Delivery days"), default=31, days=range(6))
    starts_on = DateField(
        _l("First delivery week"), [InputRequired()], description=_l("Any day of it; the week counts.")
    )
    weeks_ahead = CountField(
        _l("Weeks planned ahead"), [InputRequired(), NumberRange(min=1, max=26)], default=6
    )
    active = BooleanField(_l("Makes new cycles"), default=True)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        names = [(number, weekday(number, short=False)) for number in range(7)]
        self.opens_weekday.choices = self.closes_weekday.choices = options(names)


class PeriodForm(BaseForm):
    """Days without deliveries."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=120)])
    starts_on = DateField(_l("First day"), [InputRequired()])
    ends_on = DateField(_l("Last day"), [InputRequired()])
    closes_all = SelectField(
        _l("Who is closed"),
        [InputRequired()],
        choices=options([("schools", _l("Only the schools")), ("all", _l("Everybody"))]),
        default="schools",
    )
    source = StringField(_l("Source"), [Length(max=200)], description=_l("Where the days are published."))


def closed_words(closes_all: bool) -> str:
    """Who is closed, in words."""
    return gettext("Everybody") if closes_all else gettext("Only the schools")
