"""Pay in a process of its own, and die at a step: `pay_once batch|read INVOICE [STEP]`.

`batch` makes a batch of the invoice, `read` reads in a statement in which 400 cents of it were paid. STEP is
a function that the service calls: the process is killed when it comes to it or, with `commit`, after the
last statement and before the commit.
"""

import os
import signal
import sys
from typing import Any

from foodorder.billing import pay, statements
from foodorder.billing.models import Invoice
from foodorder.config import Settings
from foodorder.db import db, retrying
from foodorder.rules.errors import Refusal
from foodorder.trail.actor import COMMAND
from tests.camt import detail, entry, statement
from tests.invoices import ON_WEDNESDAY
from tests.promises.house import application

OWN = "SI26990000000000123"


def die(*_what: Any, **_how: Any) -> None:
    """As by a power cut here."""
    os.kill(os.getpid(), signal.SIGKILL)


def work(what: str, invoice_id: int, step: str) -> str:
    """Make the batch, or read the statement in."""
    invoice = db.session.get_one(Invoice, invoice_id)
    who: dict[str, Any] = {"actor": COMMAND, "now": ON_WEDNESDAY}
    if what == "batch":
        day = ON_WEDNESDAY.date()
        pay.make_batch(invoice.institution_id, [invoice_id], day, today=day, **who)
    else:
        paid = entry(-400, detail(reference=invoice.reference))
        owner = statements.Owner(institution_id=invoice.institution_id)
        statements.read_in(owner, "izpisek.xml", statement(paid, total=-400, account=OWN), **who)
    if step == "commit":
        die()
    return "done"


def main() -> None:
    """Pay, or die trying."""
    what, invoice_id, step = sys.argv[1], int(sys.argv[2]), (sys.argv[3:] or [""])[0]
    if step and step != "commit":
        setattr(pay if what == "batch" else statements, step, die)
    app = application(Settings.from_environment())
    with app.app_context():
        try:
            print(retrying(lambda: work(what, invoice_id, step)))
        except Refusal as reason:
            print(type(reason).__name__)
