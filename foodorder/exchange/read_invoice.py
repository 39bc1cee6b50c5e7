"""Reads invoices and credit notes that were written elsewhere: e-SLOG 2.0 and UBL 2.1."""

from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from foodorder.exchange import read_eslog, read_ubl, safe_xml
from foodorder.exchange.eslog import NAMESPACE as ESLOG
from foodorder.exchange.model import Invoice
from foodorder.exchange.ubl import UBL
from foodorder.exchange.walk import Unread


class Syntax(StrEnum):
    """How a document was written."""

    ESLOG = "eslog"
    UBL = "ubl"


ROOTS = {
    f"{{{ESLOG}}}Invoice": Syntax.ESLOG,
    f"{{{UBL}Invoice-2}}Invoice": Syntax.UBL,
    f"{{{UBL}CreditNote-2}}CreditNote": Syntax.UBL,
}


@dataclass(frozen=True, slots=True)
class ReadInvoice:
    """An invoice as it was read, in which syntax, and what was not understood: a person looks at that."""

    invoice: Invoice
    syntax: Syntax
    unread: tuple[Unread, ...]


def read(content: bytes) -> ReadInvoice:
    """The invoice in a file.

    Raises what `safe_xml.parse` raises about hostile files, NotTakenOver for what the model does not know,
    and what the model raises about wrong sums and missing values.
    """
    root = safe_xml.parse(content, ROOTS)
    syntax = ROOTS[str(etree.QName(root))]
    reader = read_eslog if syntax is Syntax.ESLOG else read_ubl
    invoice, unread = reader.read(root)
    return ReadInvoice(invoice, syntax, unread)
