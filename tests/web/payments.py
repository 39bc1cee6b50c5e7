"""A bill that is owed, and the people who pay it, wait for it and read of it."""

import io
import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from foodorder.billing.models import PaymentBatch
from foodorder.db import db
from foodorder.rules.permissions import Role
from tests.camt import statement
from tests.kept import once
from tests.services.test_payments import OWN, TODAY
from tests.web.office import log_in

NOON = datetime.fromisoformat("2026-12-01T11:00:00+00:00")


@once
def bill(owed, clock_at):
    clock_at(NOON)
    db.session.commit()
    return owed


@once
def overdue(bill, clock_at):
    """Forty days after the bill was due."""
    clock_at(NOON + timedelta(days=70))
    db.session.commit()
    return bill


@once
def accountant(app, bill):
    return log_in(app, bill, Role.ACCOUNTANT, institution_id=bill.kitchen.id)


def newest(model: Any) -> Any:
    db.session.expire_all()
    return db.session.scalars(select(model).order_by(model.id.desc())).first()


def batch_of(accountant, bill):
    form = {"invoices": [str(bill.invoice.id)], "execute_on": TODAY.isoformat()}
    answer = accountant.post("/kitchen/payments/batches", data=form)
    assert answer.status_code == 303, answer.text
    return newest(PaymentBatch)


def xml(*entries, total, number="7"):
    return statement(*entries, total=total, number=number, account=OWN)


def shown(client, content, path="/kitchen/payments/statements"):
    return client.post(path, data={"document": (io.BytesIO(content), "izpisek.xml")})


def kept_fields(page):
    return dict(re.findall(r'type="hidden" name="(filename|kept)" value="([^"]*)"', page))


def read_in(client, content, path="/kitchen/payments/statements"):
    first = shown(client, content, path)
    assert first.status_code == 200, first.text
    return client.post(path, data=kept_fields(first.text))
