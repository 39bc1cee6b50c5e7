"""Why a document cannot be built, and the tidying that every part of one goes through."""

from dataclasses import MISSING, fields
from typing import Any

from foodorder.exchange.text import clean
from foodorder.rules.errors import N_, Refusal


class Incomplete(Refusal):
    """A text that must be there is empty, or was nothing but signs that XML forbids."""

    message = N_("The document does not say what it must: %(what)s.")


class NotRepresentable(Refusal):
    """A value that the document cannot hold."""

    message = N_("“%(value)s” cannot stand in the document as %(what)s.")


class NoLines(Refusal):
    """A document without a single line."""

    message = N_("The document has no lines.")


class RepeatedLine(Refusal):
    """Two lines with the same number."""

    message = N_("Line %(line)s stands in the document twice.")


class ZeroQuantity(Refusal):
    """A line of nothing: what was not ordered, delivered or accepted stands in no document."""

    message = N_("Line %(line)s has a quantity that cannot stand there: %(quantity)s.")


class NoDueDate(Refusal):
    """Neither a due date nor terms of payment (EN 16931, BR-CO-25)."""

    message = N_("The invoice does not say until when it is to be paid.")


class NoExemptionText(Refusal):
    """A line without VAT, and no reason for it (EN 16931, BR-E-10)."""

    message = N_("A line carries no VAT, and the invoice does not say why.")


class SellerChargesNoVat(Refusal):
    """VAT on an invoice of somebody without a VAT number (EN 16931, BR-S-02)."""

    message = N_("The invoice charges VAT, but its issuer has no VAT number.")


class BuyerChargesNoVat(Refusal):
    """The flat-rate compensation is owed by buyers who charge VAT themselves (ZDDV-1, art. 95), by no
    other.
    """

    message = N_("The flat-rate compensation is added only for a buyer with a VAT number.")


class TotalsDisagree(Refusal):
    """A sum that does not follow from what is before it (EN 16931, BR-CO-10 to BR-CO-17); the one meant is
    named by its class.
    """


class LineDisagrees(TotalsDisagree):
    """A line's net value that is not price times quantity (PEPPOL-EN16931-R120)."""

    message = N_("Line %(line)s is stated as %(stated)s, but quantity and price make %(right)s.")


class NetDisagrees(TotalsDisagree):
    """A sum without VAT that is not what the lines make (BR-CO-10, BR-CO-13, BR-S-08)."""

    message = N_("The sum without VAT is stated as %(stated)s, but the lines make %(right)s.")


class VatDisagrees(TotalsDisagree):
    """VAT that is not what its base makes, or a sum of it that is not what the rates make (BR-CO-14,
    BR-S-09).
    """

    message = N_("The VAT is stated as %(stated)s, but the lines make %(right)s.")


class GrossDisagrees(TotalsDisagree):
    """A sum to be paid that is not the net sum and its VAT (BR-CO-15, BR-CO-16)."""

    message = N_("The sum to be paid is stated as %(stated)s, but the lines make %(right)s.")


def tidy(part: Any) -> None:
    """Clean every text of a frozen dataclass. An optional one that is empty afterwards becomes None.

    Raises Incomplete when a text without a default is empty.
    """
    for field in fields(part):
        value = getattr(part, field.name, None)
        if type(value) is not str:
            continue
        text = clean(value)
        if not text and field.default is MISSING:
            raise Incomplete(what=f"{type(part).__name__} {field.name}")
        object.__setattr__(part, field.name, text or field.default)


def check_lines(ids: list[str]) -> None:
    """Raises NoLines, RepeatedLine."""
    if not ids:
        raise NoLines
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise RepeatedLine(line=one)
        seen.add(one)
