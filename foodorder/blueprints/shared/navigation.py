"""At most five words of navigation per role (six for coordinators), and the banner of a clock set by hand."""

from datetime import timedelta
from typing import Any

from flask import Flask, current_app, request, url_for
from sqlalchemy import text

from foodorder.blueprints.shared.access import Acting, acting
from foodorder.db import clock, db
from foodorder.language import formats, gettext
from foodorder.rules.errors import N_
from foodorder.rules.permissions import Role

#: Role → (endpoint, word); what a role does most comes first and is its first page after the log-in.
NAVIGATION: dict[Role, tuple[tuple[str, str], ...]] = {
    Role.KITCHEN_MANAGER: (
        ("kitchen.order", N_("Weekly order")),
        ("kitchen.deliveries", N_("What comes when")),
        ("kitchen.records", N_("Records")),
        ("kitchen.shares", N_("Shares")),
        ("kitchen.institution", N_("Our kitchen")),
    ),
    Role.APPROVER: (
        ("kitchen.approvals", N_("Approvals")),
        ("kitchen.orders", N_("Orders")),
        ("kitchen.records", N_("Records")),
        ("kitchen.shares", N_("Shares")),
        ("kitchen.institution", N_("Our kitchen")),
    ),
    Role.ACCOUNTANT: (
        ("kitchen.matching", N_("Invoices")),
        ("kitchen.records", N_("Records")),
        ("auditor.spend", N_("Spend")),
        ("kitchen.payments", N_("Payments")),
        ("kitchen.institution", N_("Our kitchen")),
    ),
    Role.PRODUCER: (
        ("producer.week", N_("Next week")),
        ("producer.supply", N_("What to bring")),
        ("producer.records", N_("Records")),
        ("producer.products", N_("Products")),
        ("producer.profile", N_("Our farm")),
    ),
    Role.COORDINATOR: (
        ("coordinator.today", N_("Today")),
        ("coordinator.cycles", N_("Cycles")),
        ("coordinator.producers", N_("Producers")),
        ("coordinator.agreements", N_("Agreements")),
        ("coordinator.institutions", N_("Kitchens and people")),
    ),
    Role.AUDITOR: (
        ("auditor.spend", N_("Spend")),
        ("auditor.records", N_("Records")),
        ("auditor.flags", N_("Flags")),
        ("auditor.reports", N_("Reports")),
        ("auditor.trail", N_("Trail")),
    ),
    Role.ADMINISTRATOR: (
        ("administrator.municipalities", N_("Municipalities")),
        ("administrator.people", N_("People")),
        ("administrator.health", N_("Health")),
    ),
}


#: Endpoint of a word → other pages of that part of the site, whose addresses do not lie below it.
BESIDE: dict[str, tuple[str, ...]] = {
    "coordinator.agreements": (
        "coordinator.applications", "coordinator.kinds", "coordinator.criteria", "coordinator.interests",
    ),
    "coordinator.producers": ("coordinator.claims", "coordinator.payments"),
    "producer.supply": ("producer.deliveries", "producer.claims"),
    "kitchen.deliveries": ("kitchen.claims", "kitchen.matching"),
    "kitchen.records": ("kitchen.orders",),
    "kitchen.matching": ("kitchen.invoices",),
    "producer.records": ("producer.invoices", "producer.disputes", "producer.payments"),
    "kitchen.shares": ("kitchen.purchases",),
    "kitchen.institution": ("kitchen.budgets", "kitchen.agreements"),
    "auditor.records": (
        "auditor.claims", "auditor.cycles", "auditor.payments", "/auditor/invoices", "/auditor/notes",
        "/auditor/offer-versions",
    ),
    "auditor.reports": (
        "auditor.shares", "auditor.interests", "auditor.admissions", "auditor.duties", "auditor.agreements",
        "auditor.offer_choices", "auditor.deviations", "auditor.samples",
        "auditor.contracting",
    ),
}  # fmt: skip


def navigation(somebody: Acting | None) -> list[tuple[str, str, str]]:
    """(endpoint, word, mark) for the present role; a farm's pages while acting for it.

    The mark is "page" for the present page, "true" for the part of the site it belongs to, else empty.
    """
    if somebody is None:
        return []
    role = Role.PRODUCER if somebody.on_behalf else somebody.role
    words = [
        (endpoint, gettext(word))
        for endpoint, word in NAVIGATION[role]
        if endpoint in current_app.view_functions
    ]
    here = max((endpoint for endpoint, _ in words if _leads_here(endpoint)), key=url_for, default=None)
    if request.endpoint in dict(words):
        here = request.endpoint
    return [
        (endpoint, word, "page" if endpoint == request.endpoint else "true" if endpoint == here else "")
        for endpoint, word in words
    ]


def _leads_here(endpoint: str) -> bool:
    """Whether this page is the endpoint's, lies below it or beside it.

    Below a counter's first page lies all of the counter: that alone does not count.
    """
    known = current_app.view_functions
    beside = BESIDE.get(endpoint, ())
    places = [url_for(one) for one in (endpoint, *beside) if one in known]
    places += [one for one in beside if one.startswith("/")]
    return any(
        request.path == place or (not place.endswith("/") and request.path.startswith(place + "/"))
        for place in places
    )


def first_page(somebody: Acting) -> str:
    """Endpoint a person lands on after log-in or a change of role."""
    for endpoint, _word, _mark in navigation(somebody):
        return endpoint
    return "public.home"


def clock_banner() -> str | None:
    """A sentence while the clock is set by hand (demo, tests); every page carries it."""
    ahead: timedelta = db.session.execute(text("SELECT ahead FROM clock_offset")).scalar_one()
    if not ahead:
        return None
    shown = formats.moment(clock())
    return gettext("The clock of this site is set by hand: here it is %(moment)s.", moment=shown)


def register_navigation(app: Flask) -> None:
    """Give every page its navigation and the banner."""

    @app.context_processor
    def around() -> dict[str, Any]:
        return {"nav": navigation(acting()), "clock_banner": clock_banner()}
