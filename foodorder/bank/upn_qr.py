"""The code on the Slovene payment form (UPN QR), which every Slovene bank's telephone program reads.

Source: technical standard UPN QR of the Bank Association of Slovenia (ZBS, 2016-12-15). Nineteen lines, each
of at most so many letters of ISO 8859-2 and each ended by a line feed, then their length with line feeds in
three digits. The code itself is QR version 15, correction M, in bytes with the sign for ISO 8859-2.
"""

import io
import unicodedata
from dataclasses import dataclass
from datetime import date

import segno

from foodorder.exchange.text import clean
from foodorder.rules.checkdigits import check_iban
from foodorder.rules.errors import N_, Money, Refusal
from foodorder.rules.references import check_reference

#: First line of the text.
HEAD = "UPNQR"
ENCODING, VERSION, CORRECTION = "iso-8859-2", 15, "m"
#: Most letters of names, streets and places; of the purpose; of an amount's digits.
LONGEST_NAME, LONGEST_PURPOSE, AMOUNT_DIGITS = 33, 42, 11
#: Purpose code “purchase and sale of goods” (ISO 20022, external purpose codes).
GOODS = "GDDS"


class NothingToPay(Refusal):
    """A form for nothing, or for more than its field holds."""

    message = N_("A payment form cannot be made for %(amount)s.")


@dataclass(frozen=True, slots=True)
class Side:
    """Who pays or is paid: name, street with number, postcode and place."""

    name: str
    street: str
    place: str


@dataclass(frozen=True, slots=True)
class PaymentForm:
    """What a form asks to be paid: cents to an IBAN, by a day, with a reference and a purpose in words."""

    payer: Side
    payee: Side
    iban: str
    reference: str
    amount: int
    purpose: str
    due: date | None = None
    code: str = GOODS


def text_of(form: PaymentForm) -> str:
    """The text in the code. Raises NothingToPay, WrongIban or WrongReference."""
    if not 0 < form.amount < 10**AMOUNT_DIGITS:
        raise NothingToPay(amount=Money(form.amount))
    fields = (
        HEAD,
        "",  # the payer's account, a deposit, a withdrawal, the payer's reference: theirs to fill in
        "",
        "",
        "",
        *_side(form.payer),
        f"{form.amount:0{AMOUNT_DIGITS}d}",
        "",  # day of payment and urgency, theirs too
        "",
        form.code,
        _fitted(form.purpose, LONGEST_PURPOSE),
        f"{form.due:%d.%m.%Y}" if form.due else "",
        check_iban(form.iban),
        check_reference(form.reference),
        *_side(form.payee),
    )
    text = "".join(f"{field}\n" for field in fields)
    return f"{text}{len(text):03d}\n"


def as_svg(form: PaymentForm, *, title: str) -> str:
    """The code as an SVG element to stand in a page, with the words for those who do not see it.

    Raises NothingToPay, WrongIban or WrongReference.
    """
    target = io.BytesIO()
    _code(form).save(target, kind="svg", scale=3, xmldecl=False, svgns=True, title=title, omitsize=False)
    return target.getvalue().decode()


def as_png(form: PaymentForm) -> bytes:
    """The code as a picture for a document. Raises NothingToPay, WrongIban or WrongReference."""
    target = io.BytesIO()
    _code(form).save(target, kind="png", scale=6)
    return target.getvalue()


def _code(form: PaymentForm) -> segno.QRCode:
    return segno.make_qr(
        text_of(form), error=CORRECTION, version=VERSION, mode="byte", encoding=ENCODING, eci=True,
        boost_error=False,
    )  # fmt: skip


def _side(side: Side) -> tuple[str, str, str]:
    name, street, place = (_fitted(text, LONGEST_NAME) for text in (side.name, side.street, side.place))
    return name, street, place


def _fitted(text: str, most: int) -> str:
    """The text in one line and in letters of ISO 8859-2; others lose their marks or become full stops."""
    return "".join(_letter(letter) for letter in clean(unicodedata.normalize("NFC", text)))[:most].rstrip()


def _letter(letter: str) -> str:
    for tried in (letter, unicodedata.normalize("NFKD", letter)[0]):
        if tried.isprintable() and tried.encode(ENCODING, "ignore"):
            return tried
    return "-" if unicodedata.category(letter) == "Pd" else "."
