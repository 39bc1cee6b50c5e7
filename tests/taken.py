"""Invoices that were written elsewhere, as files and as people type them."""

from dataclasses import replace
from datetime import date
from typing import Any

from foodorder.billing.taking import Taken, TakenLine
from foodorder.exchange import eslog, ubl_invoice
from foodorder.exchange.model import Address, Corrected, Invoice, Kind, Line, Party, Vat, VatCategory
from foodorder.rules.matching import value
from foodorder.rules.vat import Treatment, TreatmentCode

MONDAY = date(2026, 11, 30)
VAT = Treatment(TreatmentCode.VAT, 950)
IBAN = "SI56192001234567892"


def line(name: str, quantity: int, price: int, **more: Any) -> TakenLine:
    """A typed line: thousandths of a kilogram, cents a kilogram."""
    micros = price * 10_000
    given = {"unit": "KGM", "treatment": VAT, "day": MONDAY, **more}
    return TakenLine(name=name, quantity=quantity, price=micros, net=value(micros, quantity), **given)


def taken(*lines: TakenLine, **more: Any) -> Taken:
    """A typed invoice of these lines."""
    net = sum(one.net for one in lines)
    given = {"number": "2026-77", "issue_date": MONDAY, "net_cents": net, "gross_cents": net + _vat(net)}
    return Taken(lines=lines, **(given | more))


def document(world: Any, *lines: tuple[str, int, int], **more: Any) -> Invoice:
    """The farm's invoice to the kitchen: lines as name, thousandths of a kilogram, cents a kilogram."""
    farm, kitchen = world.farm, world.kitchen
    return Invoice(
        **{
            "number": "2026-77", "issued": MONDAY, "due": date(2026, 12, 30), "delivered": MONDAY,
            "buyer_reference": "kuhinja",
            "seller": Party(
                name=farm.name, address=Address(city="Kranj", post_code="4000", street="Pot 1"),
                vat_id=f"SI{farm.tax_number}", iban=IBAN,
            ),
            "buyer": Party(
                name=kitchen.name, address=Address(city="Kranj", post_code="4000", street="Pot 1"),
                tax_number=kitchen.tax_number,
            ),
            "lines": tuple(
                Line.of(
                    id=str(at), name=name, quantity=quantity, unit="KGM", price_cents=price,
                    vat=Vat(VatCategory.STANDARD, 950),
                )
                for at, (name, quantity, price) in enumerate(lines, 1)
            ),
            **more,
        }
    )  # fmt: skip


def file_of(written: Invoice, syntax: str = "eslog") -> bytes:
    """The file that another program would send."""
    return eslog.write(written) if syntax == "eslog" else ubl_invoice.write(written)


def credit_of(written: Invoice, *lines: tuple[str, int, int], number: str = "D-1") -> Invoice:
    """A credit note for some of an invoice."""
    made = tuple(
        Line.of(
            id=str(at), name=name, quantity=quantity, unit="KGM", price_cents=price,
            vat=Vat(VatCategory.STANDARD, 950),
        )
        for at, (name, quantity, price) in enumerate(lines, 1)
    )  # fmt: skip
    return replace(
        written, kind=Kind.CREDIT_NOTE, number=number, corrects=Corrected(written.number), lines=made
    )


def _vat(net: int) -> int:
    return (net * 950 + 5_000) // 10_000
