"""Forms of all counters: what they share, and the fields that speak of quantities, money and weekdays.

The data of a quantity field are integer thousandths of the unit, of a money field integer cents, of a weekday
field a set of bits (bit 0 = Monday). What cannot be read stays in the field as it was typed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from flask import Flask
from flask_wtf import FlaskForm
from wtforms import Field, FieldList, Form, FormField, IntegerField, PasswordField, ValidationError
from wtforms.fields.choices import Choice, SelectChoice, SelectFieldBase  # type: ignore[attr-defined]
from wtforms.fields.core import UnboundField
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from foodorder.language import get_locale, ngettext, translations
from foodorder.language import lazy_gettext as _l
from foodorder.language.formats import refusal, weekday
from foodorder.rules.errors import Refusal
from foodorder.rules.quantity import parse_money, parse_quantity

# WTForms speaks English and no Slovene. Each of its messages → our own sentence, kept here for translation.
MESSAGES = {
    "Invalid field name '%s'.": _l("This form is not complete. Load the page again."),
    "Field must be equal to %(other_name)s.": _l("The two entries are not the same."),
    "Field must be between %(min)d and %(max)d characters long.": _l(
        "Write between %(min)d and %(max)d characters."
    ),
    "Number must be at least %(min)s.": _l("The number must be at least %(min)s."),
    "Number must be at most %(max)s.": _l("The number must be at most %(max)s."),
    "Number must be between %(min)s and %(max)s.": _l("The number must be between %(min)s and %(max)s."),
    "Date must be at least %(min)s.": _l("The date must not be before %(min)s."),
    "Date must be at most %(max)s.": _l("The date must not be after %(max)s."),
    "Date must be between %(min)s and %(max)s.": _l("The date must be between %(min)s and %(max)s."),
    "This field is required.": _l("Fill in this field."),
    "Invalid input.": _l("This cannot be read. Check what you wrote."),
    "Invalid email address.": _l("Write an e-mail address like name@example.com."),
    "Invalid IP address.": _l("This is not an IP address."),
    "Invalid Mac address.": _l("This is not a MAC address."),
    "Invalid URL.": _l("Write a web address that begins with https://."),
    "Invalid UUID.": _l("This identifier cannot be read."),
    "Invalid value, must be one of: %(values)s.": _l("Choose one of: %(values)s."),
    "Invalid value, can't be any of: %(values)s.": _l("This must not be any of: %(values)s."),
    "This field cannot be edited.": _l("This field cannot be changed."),
    "This field is disabled and cannot have a value.": _l("This field cannot be filled in."),
    "Invalid CSRF Token.": _l("The form has expired. Send it again."),
    "CSRF token missing.": _l("The form has expired. Send it again."),
    "CSRF failed.": _l("The form has expired. Send it again."),
    "CSRF token expired.": _l("The form has expired. Send it again."),
    "The CSRF token is missing.": _l("The form has expired. Send it again."),
    "The CSRF session token is missing.": _l("The form has expired. Send it again."),
    "The CSRF token has expired.": _l("The form has expired. Send it again."),
    "The CSRF token is invalid.": _l("The form has expired. Send it again."),
    "The CSRF tokens do not match.": _l("The form has expired. Send it again."),
    "Invalid Choice: could not coerce.": _l("Choose one of the options."),
    "Choices cannot be None.": _l("Choose one of the options."),
    "Not a valid choice.": _l("Choose one of the options."),
    "Invalid choice(s): one or more data inputs could not be coerced.": _l("Choose among the options."),
    "Not a valid datetime value.": _l("Write a date and a time."),
    "Not a valid date value.": _l("Write a date."),
    "Not a valid time value.": _l("Write a time like 12:00."),
    "Not a valid week value.": _l("Write a week."),
    "Not a valid integer value.": _l("Write a whole number."),
    "Not a valid decimal value.": _l("Write a number."),
    "Not a valid float value.": _l("Write a number."),
}

COUNTED: dict[str, Callable[[int], str]] = {
    "Field must be at least %(min)d character long.": lambda n: ngettext(
        "Write at least %(count)s character.", "Write at least %(count)s characters.", n, count=n
    ),
    "Field cannot be longer than %(max)d character.": lambda n: ngettext(
        "Write at most %(count)s character.", "Write at most %(count)s characters.", n, count=n
    ),
    "Field must be exactly %(max)d character long.": lambda n: ngettext(
        "Write exactly %(count)s character.", "Write exactly %(count)s characters.", n, count=n
    ),
    "'%(value)s' is not a valid choice for this field.": lambda n: str(_l("Choose among the options.")),
}


class Messages:
    """The translations of WTForms: its English messages become our sentences in the reader's language."""

    def gettext(self, text: str) -> str:
        """The sentence for one of WTForms' messages; unknown ones are looked up as they are."""
        return str(MESSAGES[text]) if text in MESSAGES else str(translations().ugettext(text))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """The same for a message that counts."""
        if singular in COUNTED:
            return COUNTED[singular](n)
        return str(translations().ungettext(singular, plural, n))


# Invisible characters that come along when people paste: zero-width space, word joiner, byte order mark.
INVISIBLE = "\u200b\u2060\ufeff"


def strip(value: object) -> object:
    """Text without the blanks around it; anything else as it is."""
    if not isinstance(value, str):
        return value
    bare = None
    while bare != value:
        bare, value = value, value.strip().strip(INVISIBLE)
    return value


class BaseForm(FlaskForm):
    """Every form of foodorder: strips blanks, speaks our sentences, lives as long as the login."""

    class Meta(FlaskForm.Meta):
        # Who fills in the weekly order over lunch must not be refused after it.
        csrf_time_limit = None

        def get_translations(self, form: Form) -> Messages:
            return Messages()

        def bind_field(self, form: Form, unbound_field: UnboundField, options: dict[str, Any]) -> Field:
            """Strip every text field but passwords, whose blanks may be meant (lists have no text)."""
            if not issubclass(unbound_field.field_class, (PasswordField, FieldList, FormField)):
                options["filters"] = [strip, *unbound_field.kwargs.get("filters", ())]
            return unbound_field.bind(form=form, **options)

    def refuse(self, reason: Refusal, field: str | None = None) -> None:
        """Put the sentence of a refusal beside the field it concerns, or above the form if there is none."""
        name = field or reason.field
        text = refusal(reason)
        if name and name in self._fields:
            self._fields[name].errors = [*self._fields[name].errors, text]
        else:
            self.form_errors.append(text)


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """The choices of a select field or of radio buttons, from pairs of value and label."""
    return [SelectChoice(value, label) for value, label in pairs]


class EmptyForm(BaseForm):
    """A button alone: nothing but its protection against forged requests."""


class DecimalText(Field):
    """A number that people type with a comma or a point; `data` is an integer of 10^-places."""

    widget = TextInput()
    places = 0
    smallest_places = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Strings only: render_kw is shared by all forms of the class.
        kwargs["render_kw"] = {"inputmode": "decimal", "autocomplete": "off"} | kwargs.get("render_kw", {})
        super().__init__(*args, **kwargs)

    def parse(self, text: str) -> int:
        """The integer that was typed. Raises a Refusal of the rules."""
        raise NotImplementedError

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.written(self.data)

    def written(self, value: int) -> str:
        """The value as a person would type it: no groups, the decimal mark of the language."""
        pattern = "0" + ("." + "0" * self.smallest_places + "#" * (self.places - self.smallest_places))
        return format_decimal(
            Decimal(value).scaleb(-self.places), format=pattern.rstrip("."), locale=get_locale()
        )

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = self.parse(text)
        except Refusal as reason:
            raise ValueError(refusal(reason)) from reason


class QuantityField(DecimalText):
    """A quantity; `data` in thousandths of `unit` (a code of UN/ECE Recommendation 20), None when empty.

    A form that learns the unit only when it is shown sets `form.quantity.unit` before it validates.
    """

    places = 3

    def __init__(self, *args: Any, unit: str = "KGM", **kwargs: Any) -> None:
        self.unit = unit
        super().__init__(*args, **kwargs)

    def parse(self, text: str) -> int:
        return parse_quantity(text, unit=self.unit)


class MoneyField(DecimalText):
    """A sum of money or a price; `data` in cents, None when empty."""

    places = 2
    smallest_places = 2

    def parse(self, text: str) -> int:
        return parse_money(text)


class ShareField(DecimalText):
    """A part of a whole in per cent, with at most two decimals; `data` in basis points, None when empty."""

    places = 2

    def parse(self, text: str) -> int:
        return parse_money(text.replace("%", " "))


class CountField(IntegerField):
    """A whole number of things or people, with the numeric keys on a telephone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["render_kw"] = {"inputmode": "numeric", "autocomplete": "off"} | kwargs.get("render_kw", {})
        super().__init__(*args, **kwargs)
        self.widget = TextInput()


class WeekdaysField(SelectFieldBase):
    """Days of the week as boxes to tick; `data` is a set of bits (bit 0 = Monday), 0 for none.

    `days` limits what is offered, by default Monday to Friday.
    """

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *args: Any, days: Iterable[int] = range(5), **kwargs: Any) -> None:
        self.days = tuple(days)
        super().__init__(*args, **kwargs)

    def iter_choices(self) -> Iterator[Choice]:
        for day in self.days:
            yield Choice(
                value=day, label=weekday(day), selected=bool((self.data or 0) & (1 << day)), render_kw={}
            )

    def process_data(self, value: Any) -> None:
        self.data = int(value or 0)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        days = {int(text) for text in valuelist if str(text).isdecimal() and len(str(text)) == 1}
        self.data = sum(1 << day for day in days)

    def pre_validate(self, form: Any) -> None:
        if self.data & ~sum(1 << day for day in self.days):
            raise ValidationError(self.gettext("Not a valid choice."))


Refused = Refusal | str | tuple[str, str, str]


def _field_errors(field: Any) -> list[tuple[str | None, str, str]]:
    """Errors of a field and of the fields inside it: (id of the input, label, sentence)."""
    inside = list(field) if hasattr(field, "entries") or hasattr(field, "form") else []
    if inside:
        found = [error for child in inside for error in _field_errors(child)]
        # A list's own errors are sentences, a nested form's are repeated by its fields.
        own = field.errors if hasattr(field, "entries") else []
        texts = [str(text) for text in own if not isinstance(text, (list, tuple, dict))]
        return [(field.id, str(field.label.text), text) for text in texts] + found
    if getattr(field.widget, "input_type", "") == "hidden":
        # Nobody can go to a hidden field; its usual error is a token that Flask-WTF words in English.
        return [(None, "", Messages().gettext(str(error))) for error in field.errors]
    return [(field.id, str(field.label.text), str(error)) for error in field.errors]


def error_links(form: Any = None, refusals: Iterable[Refused] = ()) -> list[tuple[str | None, str, str]]:
    """All that is wrong, for the summary above a form: (id of the input or None, its label, sentence).

    A refusal that comes as such a triple belongs to an input that is no field of the form.
    """
    found: list[tuple[str | None, str, str]] = []
    for reason in refusals:
        if isinstance(reason, tuple):
            found.append(reason)
        else:
            found.append((None, "", refusal(reason) if isinstance(reason, Refusal) else reason))
    if form is not None:
        found += [(None, "", str(text)) for text in form.form_errors]
        for field in form:
            found += _field_errors(field)
    return found


def register_forms(app: Flask) -> None:
    """Tokens that live as long as the login, and `error_links` for the summary macro."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.jinja_env.globals["error_links"] = error_links
