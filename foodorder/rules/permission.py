"""What may be done: the words that the table in `permissions` is made of."""

from enum import StrEnum


class Permission(StrEnum):
    """Something that may be done, within the role's scope."""

    # An institution
    OFFERS_BROWSE = "offers.browse"
    ORDERS_SEE = "orders.see"
    ORDERS_PLACE = "orders.place"
    ORDERS_APPROVE = "orders.approve"
    RECORDS_SEE = "records.see"
    RECORDS_CHANGE_REQUEST = "records.change.request"
    DELIVERIES_ACCEPT = "deliveries.accept"
    CLAIMS_MAKE = "claims.make"
    INVOICES_SEE = "invoices.see"
    INVOICES_TAKE_IN = "invoices.take_in"
    INVOICES_DECIDE = "invoices.decide"
    INVOICES_APPROVE = "invoices.approve"
    PAYMENTS_MAKE = "payments.make"
    INSTITUTION_SEE = "institution.see"
    INSTITUTION_EDIT = "institution.edit"
    BUDGETS_EDIT = "budgets.edit"
    PURCHASES_ENTER = "purchases.enter"
    # A producer
    OFFERS_SEE_OWN = "offers.see_own"
    OFFERS_PUBLISH = "offers.publish"
    PRODUCTS_EDIT = "products.edit"
    SUPPLY_SEE = "supply.see"
    DELIVERIES_SEND = "deliveries.send"
    CLAIMS_ANSWER = "claims.answer"
    INVOICES_ISSUE = "invoices.issue"
    INVOICES_ANSWER = "invoices.answer"
    PAYMENTS_REFUND = "payments.refund"
    RECORDS_CHANGE_ANSWER = "records.change.answer"
    PRODUCER_SEE = "producer.see"
    PRODUCER_EDIT = "producer.edit"
    LOTS_APPLY = "lots.apply"
    # An institution or a producer, each of their own account
    PAYMENTS_SEE = "payments.see"
    STATEMENTS_READ = "statements.read"
    # A municipality
    CYCLES_SEE = "cycles.see"
    CYCLES_MANAGE = "cycles.manage"
    SCHEDULES_MANAGE = "schedules.manage"
    PRODUCERS_ADMIT = "producers.admit"
    PRODUCERS_ACT_FOR = "producers.act_for"
    INSTITUTIONS_MANAGE = "institutions.manage"
    PEOPLE_SEE = "people.see"
    PEOPLE_INVITE = "people.invite"
    OUTBOX_SEE = "outbox.see"
    OUTBOX_RETRY = "outbox.retry"
    PAYMENTS_OVERSEE = "payments.oversee"
    CLAIMS_DECIDE = "claims.decide"
    JOBS_SEE = "jobs.see"
    AGREEMENTS_SEE = "agreements.see"
    AGREEMENTS_MANAGE = "agreements.manage"
    INTERESTS_SEE = "interests.see"
    INTERESTS_MANAGE = "interests.manage"
    SHARES_SEE = "shares.see"
    REPORTS_SEE = "reports.see"
    SPEND_SEE = "spend.see"
    SPEND_EXPORT = "spend.export"
    TRAIL_SEE = "trail.see"
    AUDIT_WORK = "audit.work"
    FLAGS_SEE = "flags.see"
    FLAGS_DECIDE = "flags.decide"
    FLAGS_ANSWER = "flags.answer"
    # The installation
    MUNICIPALITIES_MANAGE = "municipalities.manage"
    INSTALLATION_MANAGE = "installation.manage"


#: Permissions that change nothing.
READING = frozenset(
    {
        Permission.OFFERS_BROWSE,
        Permission.ORDERS_SEE,
        Permission.RECORDS_SEE,
        Permission.INVOICES_SEE,
        Permission.INSTITUTION_SEE,
        Permission.OFFERS_SEE_OWN,
        Permission.SUPPLY_SEE,
        Permission.PRODUCER_SEE,
        Permission.PAYMENTS_SEE,
        Permission.PAYMENTS_OVERSEE,
        Permission.CYCLES_SEE,
        Permission.PEOPLE_SEE,
        Permission.OUTBOX_SEE,
        Permission.JOBS_SEE,
        Permission.AGREEMENTS_SEE,
        Permission.INTERESTS_SEE,
        Permission.SHARES_SEE,
        Permission.REPORTS_SEE,
        Permission.SPEND_SEE,
        Permission.SPEND_EXPORT,
        Permission.TRAIL_SEE,
        Permission.FLAGS_SEE,
    }
)
