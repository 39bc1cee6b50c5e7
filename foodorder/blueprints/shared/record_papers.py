"""A record as an order by standard, and the producer's answer to it, by standard or as a paper."""

from collections.abc import Callable

from flask import current_app
from werkzeug.wrappers import Response

from foodorder.billing.papers import orders, response_paper
from foodorder.billing.papers.goods import Parties
from foodorder.blueprints.shared.files import download
from foodorder.db import transaction
from foodorder.exchange import ubl_order, ubl_response
from foodorder.language import get_locale
from foodorder.procurement.documents.paper import file_name
from foodorder.procurement.models import ProcurementRecord

XML = "application/xml"
#: Form in the address → how a record is written by standard.
WRITTEN: dict[str, Callable[[ProcurementRecord], bytes]] = {
    "order": lambda record: ubl_order.write(orders.order(record, Parties())),
    "response": lambda record: ubl_response.write(orders.response(record, Parties())),
}


def paper_of(record: ProcurementRecord, form: str) -> Response:
    """`answer` (PDF), `order` or `response` (Peppol) of a record. Raises KeyError for others."""
    if form == "answer":
        with transaction():
            base_url = current_app.config["SETTINGS"].base_url
            paper = response_paper.pdf(record, get_locale().language, base_url)
        return download(paper.name, paper.media_type, paper.content)
    return download(file_name([form, f"{record.number}.xml"]), XML, WRITTEN[form](record))
