"""What fits into the fields of e-SLOG 2.0, by the lengths in its schema."""

from dataclasses import replace

from foodorder.exchange.model import (
    Address,
    Contact,
    Invoice,
    Line,
    NotRepresentable,
    Party,
    Place,
)
from foodorder.exchange.text import shortened

#: Signs that the fields hold; the names are theirs in EDIFACT.
NUMBER, NAME, STREET, CITY, POST_CODE, GOODS, CODE, FREE_TEXT, LINE_ID, MESSAGE = (
    70, 70, 35, 35, 17, 256, 35, 512, 6, 14,
)  # fmt: skip
PERSON, MAIL = 256, 512
#: Lines of a street address.
STREETS = ("D_3042", "D_3042_2", "D_3042_3")


def carried(invoice: Invoice) -> Invoice:
    """The invoice as this syntax carries it: long texts are cut, other electronic addresses left out.

    Raises NotRepresentable when the number of a document is too long: a number that is cut is another one.
    """
    _check_numbers(invoice)
    return replace(
        invoice,
        terms=_fit(invoice.terms, FREE_TEXT),
        note=_fit(invoice.note, FREE_TEXT),
        exemption=_fit(invoice.exemption, FREE_TEXT),
        seller=_party(invoice.seller),
        buyer=_party(invoice.buyer),
        deliver_to=invoice.deliver_to and _place(invoice.deliver_to),
        lines=tuple(_line(line, number) for number, line in enumerate(invoice.lines, 1)),
    )


def street_lines(street: str) -> list[str]:
    """A street in at most three lines, broken between words; what does not fit is cut."""
    lines: list[str] = []
    for word in street.split():
        if lines and len(lines[-1]) + 1 + len(word) <= STREET:
            lines[-1] += f" {word}"
        elif len(lines) < len(STREETS):
            lines.append(shortened(word, STREET))
        else:
            lines[-1] = lines[-1][: STREET - 1].rstrip() + "…"
            break
    return lines


def _fit(text: str | None, most: int) -> str | None:
    return text and shortened(text, most)


def _check_numbers(invoice: Invoice) -> None:
    numbers = (
        invoice.number,
        invoice.order,
        invoice.despatch,
        invoice.contract,
        invoice.buyer_reference,
        invoice.payment_reference,
        invoice.corrects and invoice.corrects.number,
    )
    for number in numbers:
        if number and len(number) > NUMBER:
            raise NotRepresentable(value=number, what="number in e-SLOG")


def _party(party: Party) -> Party:
    who = party.contact
    return replace(
        party,
        name=shortened(party.name, NAME),
        trading_name=_fit(party.trading_name, NAME),
        address=_address(party.address),
        endpoint=None,
        contact=who
        and Contact(name=_fit(who.name, PERSON), phone=_fit(who.phone, MAIL), email=_fit(who.email, MAIL)),
    )


def _place(place: Place) -> Place:
    return Place(name=shortened(place.name, NAME), address=_address(place.address))


def _address(address: Address) -> Address:
    return replace(
        address,
        street=address.street and " ".join(street_lines(address.street)),
        city=_fit(address.city, CITY),
        post_code=_fit(address.post_code, POST_CODE),
    )


def _line(line: Line, number: int) -> Line:
    return replace(
        line,
        id=line.id if len(line.id) <= LINE_ID else str(number),
        name=shortened(line.name, GOODS),
        code=_fit(line.code, CODE),
        note=_fit(line.note, FREE_TEXT),
        order_line=_fit(line.order_line, LINE_ID),
    )
