"""The numbers of the law, by day: dated rows with their source, read once per database session."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Row, select

from foodorder.catalogue.models import LegalParameter
from foodorder.db import db
from foodorder.rules.errors import N_, Refusal
from foodorder.rules.vat import DatedRate

VAT = "vat."

#: key, value, unit, valid_from, valid_to, source.
Parameter = Row[str, int, str, date, date | None, str]


class ParameterUnknown(Refusal):
    """No row, or more than one, is in force for a number of the law on a day: nobody knows which."""

    message = N_("The legal number “%(key)s” is not known for %(day)s. Ask the administrator to enter it.")


def parameters(country: str = "SI") -> Sequence[Parameter]:
    """All dated rows of a country, by key and first day."""
    kept: dict[str, Sequence[Parameter]] = db.session().info.setdefault("law", {})
    if country not in kept:
        kept[country] = db.session.execute(
            select(
                LegalParameter.key,
                LegalParameter.value,
                LegalParameter.unit,
                LegalParameter.valid_from,
                LegalParameter.valid_to,
                LegalParameter.source,
            )
            .where(LegalParameter.country == country)
            .order_by(LegalParameter.key, LegalParameter.valid_from)
        ).all()
    return kept[country]


def value_on(key: str, day: date, country: str = "SI") -> int:
    """The number in force on a day, in the unit its row names. Raises ParameterUnknown."""
    holding: list[int] = [
        row.value
        for row in parameters(country)
        if row.key == key and row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)
    ]
    if len(holding) != 1:
        raise ParameterUnknown(key=key, day=day)
    return holding[0]


def vat_rates(country: str = "SI") -> tuple[DatedRate, ...]:
    """All dated VAT rates, for rules/vat.py: classes without the prefix of their keys."""
    return tuple(
        DatedRate(row.key.removeprefix(VAT), row.value, row.valid_from, row.valid_to, row.source)
        for row in parameters(country)
        if row.key.startswith(VAT) and row.unit == "bp"
    )
