"""What stands after the record on the thread: the delivery, the invoice, the money, with their addresses."""

from dataclasses import dataclass

from flask import url_for

from foodorder.audit.steps import Steps
from foodorder.language import formats


@dataclass(frozen=True, slots=True)
class Stages:
    """As the thread takes it: stage → address, a few words, state."""

    links: dict[str, str]
    details: dict[str, str]
    states: dict[str, str]


def stages(steps: Steps) -> Stages:
    """The later stages of a line or a record."""
    links: dict[str, str] = {}
    details: dict[str, str] = {}
    states: dict[str, str] = {}
    if steps.deliveries:
        first = steps.deliveries[0]
        links["delivery"] = url_for("auditor.note", note_id=first.note_id)
        details["delivery"] = formats.day(first.delivery_date)
        if all(one.outcome for one in steps.deliveries):
            states["delivery"] = "done"
    if steps.invoices:
        links["invoice"] = url_for("auditor.invoice", invoice_id=steps.invoices[0].id)
        details["invoice"] = formats.day(steps.invoices[0].issue_date)
        states["invoice"] = "done"
    if steps.payments:
        last = steps.payments[-1]
        links["paid"] = url_for("auditor.invoice", invoice_id=last.invoice_id, _anchor="payments")
        details["paid"] = formats.day(last.value_date)
    if steps.invoices and all(one.state in ("paid", "credited") for one in steps.invoices
                              if one.kind == "invoice"):  # fmt: skip
        states["paid"] = "done"
    return Stages(links, details, states)
