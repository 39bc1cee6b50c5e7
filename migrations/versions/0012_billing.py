"""Invoices and credit notes, payments, and what goes to and comes from banks and Stripe.

Revision: 0012, after 0011.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

SQL = Path(__file__).with_name("sql")

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stripe_event",
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_stripe_event")),
    )
    op.create_table(
        "invoice_counter",
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producer.id"], name=op.f("fk_invoice_counter_producer_id")
        ),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_invoice_counter_kind")),
        sa.PrimaryKeyConstraint("producer_id", "kind", "year", name=op.f("pk_invoice_counter")),
    )
    op.create_table(
        "issuing_consent",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("document_name", sa.Text(), nullable=True),
        sa.Column("document_type", sa.Text(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["given_by_id"], ["person.id"], name=op.f("fk_issuing_consent_given_by_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producer.id"], name=op.f("fk_issuing_consent_producer_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["person.id"], name=op.f("fk_issuing_consent_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuing_consent")),
    )
    op.create_index(
        "uq_issuing_consent",
        "issuing_consent",
        ["producer_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "stripe_account",
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("charges_enabled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connected_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connected_by_id"], ["person.id"], name=op.f("fk_stripe_account_connected_by_id")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_stripe_account_producer_id")),
        sa.PrimaryKeyConstraint("producer_id", name=op.f("pk_stripe_account")),
        sa.UniqueConstraint("account", name=op.f("uq_stripe_account_account")),
    )
    op.create_table(
        "bank_statement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("producer_id", sa.Integer(), nullable=True),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("opening_cents", sa.BigInteger(), nullable=False),
        sa.Column("closing_cents", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(institution_id IS NULL) <> (producer_id IS NULL)", name=op.f("ck_bank_statement_owner")
        ),
        sa.ForeignKeyConstraint(
            ["imported_by_id"], ["person.id"], name=op.f("fk_bank_statement_imported_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_bank_statement_institution_id")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_bank_statement_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
        sa.UniqueConstraint("iban", "statement", name=op.f("uq_bank_statement_iban_statement")),
    )
    op.create_index("ix_bank_statement_institution", "bank_statement", ["institution_id"], unique=False)
    op.create_index("ix_bank_statement_producer", "bank_statement", ["producer_id"], unique=False)
    op.create_table(
        "invoice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("supplied_from", sa.Date(), nullable=False),
        sa.Column("supplied_to", sa.Date(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("tax_type", sa.Text(), nullable=False),
        sa.Column("parties", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("iban", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("gross_cents", sa.BigInteger(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("consent_id", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("paid_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("credited_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (corrects_id IS NOT NULL)", name=op.f("ck_invoice_corrects")
        ),
        sa.CheckConstraint(
            "(sequence IS NULL) = (origin IN ('entered', 'uploaded'))", name=op.f("ck_invoice_sequence")
        ),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_invoice_kind")),
        sa.CheckConstraint(
            "origin IN ('issued', 'on_behalf', 'entered', 'uploaded')", name=op.f("ck_invoice_origin")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'held', 'matched', 'approved', 'paid', 'rejected', 'credited')",
            name=op.f("ck_invoice_state"),
        ),
        sa.CheckConstraint(
            "tax_type IN ('vat_payer', 'flat_rate', 'exempt')", name=op.f("ck_invoice_tax_type")
        ),
        sa.CheckConstraint("credited_cents BETWEEN 0 AND gross_cents", name=op.f("ck_invoice_credited")),
        sa.CheckConstraint("gross_cents = net_cents + vat_cents", name=op.f("ck_invoice_gross")),
        sa.CheckConstraint("paid_cents BETWEEN 0 AND gross_cents", name=op.f("ck_invoice_paid")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_invoice_approved_by_id")),
        sa.ForeignKeyConstraint(["consent_id"], ["issuing_consent.id"], name=op.f("fk_invoice_consent_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["invoice.id"], name=op.f("fk_invoice_corrects_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_invoice_institution_id")
        ),
        sa.ForeignKeyConstraint(["issued_by_id"], ["person.id"], name=op.f("fk_invoice_issued_by_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_invoice_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("producer_id", "number", name=op.f("uq_invoice_producer_id_number")),
        sa.UniqueConstraint(
            "producer_id", "kind", "year", "sequence", name=op.f("uq_invoice_producer_id_kind_year_sequence")
        ),
    )
    op.create_index("ix_invoice_corrects", "invoice", ["corrects_id"], unique=False)
    op.create_index("ix_invoice_institution", "invoice", ["institution_id", "issue_date"], unique=False)
    op.create_index("ix_invoice_producer", "invoice", ["producer_id", "issue_date"], unique=False)
    op.create_index("ix_invoice_reference", "invoice", ["reference"], unique=False)
    op.create_table(
        "invoicing_term",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("payment_days", sa.SmallInteger(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("rhythm IN ('per_delivery', 'monthly')", name=op.f("ck_invoicing_term_rhythm")),
        sa.CheckConstraint("payment_days > 0", name=op.f("ck_invoicing_term_payment_days")),
        sa.ForeignKeyConstraint(["agreed_by_id"], ["person.id"], name=op.f("fk_invoicing_term_agreed_by_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_invoicing_term_institution_id")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_invoicing_term_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoicing_term")),
        sa.UniqueConstraint(
            "producer_id",
            "institution_id",
            name=op.f("uq_invoicing_term_producer_id_institution_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "payment_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("execute_on", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("total_cents > 0", name=op.f("ck_payment_batch_total")),
        sa.ForeignKeyConstraint(
            ["cancelled_by_id"], ["person.id"], name=op.f("fk_payment_batch_cancelled_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_payment_batch_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_payment_batch_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batch")),
        sa.UniqueConstraint("message", name=op.f("uq_payment_batch_message")),
    )
    op.create_index(
        "ix_payment_batch_institution", "payment_batch", ["institution_id", "created_at"], unique=False
    )
    op.create_table(
        "bank_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("end_to_end", sa.Text(), nullable=True),
        sa.Column("counterparty", sa.Text(), nullable=True),
        sa.Column("counterparty_iban", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settled_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('exact', 'part', 'excess', 'returned', 'unmatched', 'decided')",
            name=op.f("ck_bank_entry_state"),
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_bank_entry_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statement.id"], name=op.f("fk_bank_entry_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_entry")),
        sa.UniqueConstraint("statement_id", "position", name=op.f("uq_bank_entry_statement_id_position")),
    )
    op.create_index(
        "ix_bank_entry_waiting",
        "bank_entry",
        ["state"],
        unique=False,
        postgresql_where=sa.text("state IN ('unmatched', 'excess')"),
    )
    op.create_table(
        "invoice_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_file_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_file")),
        sa.UniqueConstraint("digest", name=op.f("uq_invoice_file_digest")),
    )
    op.create_index(op.f("ix_invoice_file_invoice_id"), "invoice_file", ["invoice_id"], unique=False)
    op.create_table(
        "invoice_vat",
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("vat_treatment", sa.Text(), nullable=False),
        sa.Column("vat_bp", sa.Integer(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_vat_invoice_id")),
        sa.PrimaryKeyConstraint("invoice_id", "vat_treatment", "vat_bp", name=op.f("pk_invoice_vat")),
    )
    op.create_table(
        "payment_batch_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("end_to_end", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_payment_batch_line_amount")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["payment_batch.id"], name=op.f("fk_payment_batch_line_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_payment_batch_line_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batch_line")),
        sa.UniqueConstraint("end_to_end", name=op.f("uq_payment_batch_line_end_to_end")),
    )
    op.create_index(op.f("ix_payment_batch_line_batch_id"), "payment_batch_line", ["batch_id"], unique=False)
    op.create_index(
        op.f("ix_payment_batch_line_invoice_id"), "payment_batch_line", ["invoice_id"], unique=False
    )
    op.create_table(
        "stripe_intent",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_stripe_intent_amount")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_stripe_intent_created_by_id")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_stripe_intent_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_intent")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_stripe_intent_idempotency_key")),
        sa.UniqueConstraint("intent", name=op.f("uq_stripe_intent_intent")),
    )
    op.create_index(op.f("ix_stripe_intent_invoice_id"), "stripe_intent", ["invoice_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("bank_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('transfer', 'returned', 'card', 'debit', 'refund', 'offset', 'noted')",
            name=op.f("ck_payment_kind"),
        ),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_payment_amount")),
        sa.ForeignKeyConstraint(["bank_entry_id"], ["bank_entry.id"], name=op.f("fk_payment_bank_entry_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_payment_invoice_id")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["person.id"], name=op.f("fk_payment_noted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payment_stripe_id")),
    )
    op.create_index(op.f("ix_payment_bank_entry_id"), "payment", ["bank_entry_id"], unique=False)
    op.create_index(op.f("ix_payment_invoice_id"), "payment", ["invoice_id"], unique=False)
    op.create_table(
        "invoiced_quantity",
        sa.Column("delivery_line_id", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 0 AND sent", name=op.f("ck_invoiced_quantity_quantity")),
        sa.ForeignKeyConstraint(
            ["delivery_line_id"], ["delivery_line.id"], name=op.f("fk_invoiced_quantity_delivery_line_id")
        ),
        sa.PrimaryKeyConstraint("delivery_line_id", name=op.f("pk_invoiced_quantity")),
    )
    op.create_table(
        "invoice_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("delivery_line_id", sa.BigInteger(), nullable=True),
        sa.Column("acceptance_id", sa.BigInteger(), nullable=True),
        sa.Column("record_line_id", sa.BigInteger(), nullable=True),
        sa.Column("credits_line_id", sa.BigInteger(), nullable=True),
        sa.Column("delivery_date", sa.Date(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price_micros", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_treatment", sa.Text(), nullable=False),
        sa.Column("vat_bp", sa.Integer(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance_line.id"], name=op.f("fk_invoice_line_acceptance_id")
        ),
        sa.ForeignKeyConstraint(
            ["credits_line_id"], ["invoice_line.id"], name=op.f("fk_invoice_line_credits_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_line_id"], ["delivery_line.id"], name=op.f("fk_invoice_line_delivery_line_id")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_line_invoice_id")),
        sa.ForeignKeyConstraint(
            ["record_line_id"], ["record_line.id"], name=op.f("fk_invoice_line_record_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_invoice_line_invoice_id_position")),
    )
    op.create_index("ix_invoice_line_credits", "invoice_line", ["credits_line_id"], unique=False)
    op.create_index(
        op.f("ix_invoice_line_delivery_line_id"), "invoice_line", ["delivery_line_id"], unique=False
    )
    op.create_index("ix_invoice_line_record_line", "invoice_line", ["record_line_id"], unique=False)
    op.execute((SQL / "0012_freeze.sql").read_text())


def downgrade() -> None:
    op.drop_table("invoice_line")
    op.drop_table("invoiced_quantity")
    op.drop_table("payment")
    op.drop_table("stripe_intent")
    op.drop_table("payment_batch_line")
    op.drop_table("invoice_vat")
    op.drop_table("invoice_file")
    op.drop_table("bank_entry")
    op.drop_table("payment_batch")
    op.drop_table("invoicing_term")
    op.drop_table("invoice")
    op.drop_table("bank_statement")
    op.drop_table("stripe_account")
    op.drop_table("issuing_consent")
    op.drop_table("invoice_counter")
    op.drop_table("stripe_event")
    op.execute("DROP FUNCTION foodorder_moves_only")
