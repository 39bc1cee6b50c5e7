"""When the farm will be paid: one sentence for all invoices of which the same can be said."""

from datetime import date
from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from foodorder.billing.accounting import Books, journal_file
from foodorder.billing.bank_queries import count_waiting
from foodorder.billing.excess import in_excess
from foodorder.billing.outstanding import by_institution, coming, open_invoices
from foodorder.billing.statements import Owner
from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import download
from foodorder.blueprints.shared.statements import invoice_url
from foodorder.db import clock
from foodorder.language import formats
from foodorder.rules.payments import BUCKET_LABELS, WAITS
from foodorder.rules.permissions import Permission


@bp.get("/payments")
@needs(Permission.PAYMENTS_SEE)
def payments() -> Any:
    """What is open, when it comes, and who is late."""
    own, today = producer().id, formats.local(clock()).date()
    found = open_invoices(producer_id=own)
    return render_template(
        "producer/payments.html",
        rows=found,
        coming=coming(found, today),
        waits=WAITS,
        owed=by_institution(found, today),
        buckets=BUCKET_LABELS,
        open=sum(one.open_cents for one in found),
        late=sum(one.open_cents for one in found if one.days_late(today)),
        waiting=count_waiting(Owner(producer_id=own)),
        excess=in_excess(producer_id=own),
        may_refund=present().may(Permission.PAYMENTS_REFUND),
        may_read=present().may(Permission.STATEMENTS_READ),
        invoice_url=invoice_url,
    )


@bp.get("/payments/<any(invoices, payments):journal>.<any(csv, xlsx):ending>")
@needs(Permission.PAYMENTS_SEE)
def payment_journal(journal: str, ending: str) -> Response:
    """The journal of a year for the farm's own books, by ?year=."""
    today = formats.local(clock()).date()
    year = request.args.get("year", today.year, type=int)
    year = year if 2000 <= year <= 2200 else today.year
    books = Books(date(year, 1, 1), date(year, 12, 31), producer_id=producer().id)
    file = journal_file(journal, books, ending)
    return download(file.name, file.media_type, file.content)
