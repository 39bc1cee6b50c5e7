"""The invoice and the credit note as papers (PDF/UA), with the UPN QR that a bank's program reads.

What the law wants said of goods without VAT stands in its own words (ZDDV-1, art. 82, 94 and 95), in Slovene
whatever the language of the reader.
"""

from typing import Any

from foodorder.bank.upn_qr import PaymentForm, Side, as_svg
from foodorder.billing.models import Invoice
from foodorder.exchange.model import vat_of_treatment
from foodorder.language import formats, gettext, speaking
from foodorder.procurement.documents import words
from foodorder.procurement.documents.paper import Paper, facts, file_name, head, section
from foodorder.procurement.documents.store import File, kept
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.errors import N_, Amount
from foodorder.rules.references import spaced
from foodorder.rules.settlement import InvoiceKind, InvoiceOrigin
from foodorder.rules.vat import Treatment, TreatmentCode

#: Title of the paper, name of its file, and the words under its lines.
TITLES = {
    InvoiceKind.INVOICE: (N_("Invoice %(number)s"), N_("invoice")),
    InvoiceKind.CREDIT_NOTE: (N_("Credit note %(number)s"), N_("credit-note")),
}


def pdf(invoice: Invoice, language: str, base_url: str = "") -> File:
    """The paper as PDF: made once, for what was issued never changes."""
    return kept(paper(invoice, language, base_url), "pdf")


def paper(invoice: Invoice, language: str, base_url: str = "") -> Paper:
    """An invoice or a credit note that was issued here."""
    title, name = TITLES[InvoiceKind(invoice.kind)]
    with speaking(language, invoice.institution.municipality.zone):
        sheets = lines_table(invoice), vat_table(invoice)
        return Paper(
            kind=invoice.kind,
            object_id=invoice.id,
            name=file_name([gettext(name), invoice.number]),
            language=language,
            template="invoice",
            content=_content(invoice, gettext(title, number=invoice.number), sheets, base_url),
            sheets=sheets,
        )


def law_text(invoice: Invoice) -> str | None:
    """Why there is no VAT on it, in the words of the law; None where there is."""
    treatments = (Treatment(TreatmentCode(row.vat_treatment), row.vat_bp) for row in invoice.vat_rows)
    return next((text for one in treatments if (text := vat_of_treatment(one)[2])), None)


def payment_form(invoice: Invoice, cents: int) -> PaymentForm | None:
    """The payment form of so many cents of an invoice; None where there is no account, or nothing to pay."""
    if invoice.iban is None or cents <= 0 or invoice.kind != InvoiceKind.INVOICE:
        return None
    seller, buyer = invoice.parties["seller"], invoice.parties["buyer"]
    return PaymentForm(
        payer=_side(buyer),
        payee=_side(seller),
        iban=invoice.iban,
        reference=invoice.reference,
        amount=cents,
        # The bank's words, not the reader's.
        purpose=f"Račun {invoice.number}",
        due=invoice.due_date,
    )


def lines_table(invoice: Invoice) -> Table:
    """The lines in their order."""
    columns = (
        Column("delivery_date", gettext("Day"), Figure.DAY),
        Column("order", gettext("Record"), share=2),
        Column("product", gettext("Product"), share=4),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("price", gettext("Net price")),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("vat_rate", gettext("VAT rate"), Figure.RATE),
    )
    rows = tuple(
        (
            line.delivery_date,
            line.order_number or "",
            line.name,
            Amount(line.quantity, line.unit),
            formats.price_micros(line.price_micros, line.unit),
            line.net_cents,
            line.vat_bp,
        )
        for line in invoice.lines
    )
    total = (None, None, gettext("Together, net"), None, None, invoice.net_cents, None)
    return Table(gettext("Lines"), columns, rows, (total,))


def vat_table(invoice: Invoice) -> Table:
    """VAT, or the compensation, once on each rate, and the sums."""
    columns = (
        Column("treatment", gettext("Rate"), share=1),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("vat", gettext("VAT"), Figure.MONEY),
        Column("gross", gettext("Gross"), Figure.MONEY),
    )
    rows = tuple(
        (
            words.treatment(row.vat_treatment, row.vat_bp),
            row.net_cents,
            row.vat_cents,
            row.net_cents + row.vat_cents,
        )
        for row in invoice.vat_rows
    )
    is_note = invoice.kind == InvoiceKind.CREDIT_NOTE
    last = gettext("To your credit") if is_note else gettext("To pay")
    total = (last, invoice.net_cents, invoice.vat_cents, invoice.gross_cents)
    return Table(gettext("VAT"), columns, rows, (total,))


def _content(invoice: Invoice, title: str, sheets: tuple[Table, Table], base_url: str) -> dict[str, Any]:
    seller, buyer = invoice.parties["seller"], invoice.parties["buyer"]
    text = law_text(invoice)
    lines = sheets[0].without_known(order="", vat_rate=0)
    return {
        **head(title, seller["name"], link=f"{base_url}/invoices/{invoice.id}" if base_url else ""),
        "author": seller["name"],
        "footer": f"{invoice.number} · {seller['name']}",
        "notices": _notices(invoice),
        "parties": [_party(seller, gettext("Supplier")), _party(buyer, gettext("Contracting authority"))],
        "facts": facts(
            (gettext("Place and day of issue"), f"{seller['city']}, {formats.long_day(invoice.issue_date)}"),
            (
                gettext("Delivered"),
                formats.days_between(invoice.supplied_from, invoice.supplied_to)
                if invoice.supplied_from != invoice.supplied_to
                else formats.long_day(invoice.supplied_from),
            ),
            (gettext("Reason"), invoice.reason),
        ),
        "sections": [section(sheets[0].name, lines), section(sheets[1].name, sheets[1])],
        "texts": [text] if text else [],
        "payment": _payment(invoice),
        "made": gettext("Issued electronically on %(day)s.", day=formats.long_moment(invoice.issued_at)),
    }


def _notices(invoice: Invoice) -> list[str]:
    told = []
    if invoice.corrects:
        number, day = invoice.corrects.number, formats.day(invoice.corrects.issue_date, year=True)
        told.append(gettext("Corrects the invoice %(number)s of %(day)s.", number=number, day=day))
    if invoice.origin == InvoiceOrigin.ON_BEHALF:
        told.append(gettext("Issued in the name and on account of the supplier (ZDDV-1, art. 81)."))
    return told


def _payment(invoice: Invoice) -> dict[str, Any] | None:
    if invoice.kind != InvoiceKind.INVOICE:
        return None
    form = payment_form(invoice, invoice.gross_cents)
    alt = gettext("UPN QR code for %(amount)s", amount=formats.money(invoice.gross_cents))
    return {
        "title": gettext("Payment"),
        "facts": facts(
            (gettext("To pay"), formats.money(invoice.gross_cents)),
            (gettext("Due"), formats.long_day(invoice.due_date)),
            (gettext("Account (IBAN)"), invoice.iban),
            (gettext("Reference"), spaced(invoice.reference)),
        ),
        "code": {"svg": as_svg(form, title=alt), "alt": alt} if form else None,
    }


def _party(values: dict[str, Any], role: str) -> dict[str, object]:
    lines = words.town(values["street"], values["post_code"], values["city"])
    lines.append(words.tax_number(values["tax_number"], bool(values["vat_id"])))
    if values["registration"]:
        lines.append(gettext("Registration number: %(number)s", number=values["registration"]))
    return {"role": role, "name": values["name"], "lines": lines}


def _side(values: dict[str, Any]) -> Side:
    return Side(values["name"], values["street"], f"{values['post_code']} {values['city']}")
