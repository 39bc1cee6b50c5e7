"""Agreements, lots, ceilings and prices; the lawful basis of every line; approvals, interests, purchases elsewhere.

Revision: 0003, after 0002.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

SQL = Path(__file__).with_name("sql")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("portal_number", sa.Text(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("value_cents", sa.BigInteger(), nullable=False),
        sa.Column("indexation", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('contract', 'framework', 'dps')", name=op.f("ck_agreement_kind")),
        sa.CheckConstraint("state IN ('draft', 'in_force', 'ended')", name=op.f("ck_agreement_state")),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_agreement_term")),
        sa.CheckConstraint("value_cents > 0", name=op.f("ck_agreement_value")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_agreement_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(op.f("ix_agreement_municipality_id"), "agreement", ["municipality_id"], unique=False)
    op.create_table(
        "ownership_statement",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("owners", sa.Text(), nullable=False),
        sa.Column("document_name", sa.Text(), nullable=True),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["person.id"], name=op.f("fk_ownership_statement_entered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_ownership_statement_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producer.id"], name=op.f("fk_ownership_statement_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ownership_statement")),
    )
    op.create_index(
        op.f("ix_ownership_statement_producer_id"), "ownership_statement", ["producer_id"], unique=False
    )
    op.create_table(
        "subject_kind",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cpv", postgresql.ARRAY(Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_subject_kind_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_kind")),
        sa.UniqueConstraint("municipality_id", "name", name=op.f("uq_subject_kind_municipality_id_name")),
    )
    op.create_table(
        "agreement_amendment",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_amendment_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_agreement_amendment_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_amendment")),
        sa.UniqueConstraint(
            "agreement_id", "number", name=op.f("uq_agreement_amendment_agreement_id_number")
        ),
    )
    op.create_table(
        "agreement_institution",
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_institution_agreement_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_agreement_institution_institution_id")
        ),
        sa.PrimaryKeyConstraint("agreement_id", "institution_id", name=op.f("pk_agreement_institution")),
    )
    op.create_index(
        op.f("ix_agreement_institution_institution_id"),
        "agreement_institution",
        ["institution_id"],
        unique=False,
    )
    op.create_table(
        "agreement_lot",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("cpv", postgresql.ARRAY(Text()), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('awarded', 'exempted')", name=op.f("ck_agreement_lot_kind")),
        sa.CheckConstraint("mode IN ('ranked', 'parallel', 'open')", name=op.f("ck_agreement_lot_mode")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_lot_agreement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_lot")),
        sa.UniqueConstraint("agreement_id", "number", name=op.f("uq_agreement_lot_agreement_id_number")),
    )
    op.create_table(
        "budget",
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("funding", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "funding IN ('regular', 'school_scheme', 'breakfast', 'other')", name=op.f("ck_budget_funding")
        ),
        sa.CheckConstraint("period IN ('year', 'week')", name=op.f("ck_budget_period")),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_budget_cents")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_budget_institution_id")
        ),
        sa.PrimaryKeyConstraint("institution_id", "funding", "period", "year", name=op.f("pk_budget")),
    )
    op.create_table(
        "criteria",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("weights", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_criteria_agreement_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_criteria_created_by_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_criteria_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria")),
        sa.UniqueConstraint(
            "municipality_id",
            "agreement_id",
            "valid_from",
            name=op.f("uq_criteria_municipality_id_agreement_id_valid_from"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "interest_declaration",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=True),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "relation IN ('self', 'family', 'manager', 'owner')",
            name=op.f("ck_interest_declaration_relation"),
        ),
        sa.CheckConstraint("share_bp BETWEEN 0 AND 10000", name=op.f("ck_interest_declaration_share")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from <= valid_to", name=op.f("ck_interest_declaration_validity")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["person.id"], name=op.f("fk_interest_declaration_entered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_interest_declaration_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_interest_declaration_municipality_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_interest_declaration_person_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producer.id"], name=op.f("fk_interest_declaration_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_declaration")),
    )
    op.create_index(
        op.f("ix_interest_declaration_municipality_id"),
        "interest_declaration",
        ["municipality_id"],
        unique=False,
    )
    op.create_index("ix_interest_declaration_producer", "interest_declaration", ["producer_id"], unique=False)
    op.create_table(
        "price_import",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("rows", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_price_import_agreement_id")
        ),
        sa.ForeignKeyConstraint(["applied_by_id"], ["person.id"], name=op.f("fk_price_import_applied_by_id")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["person.id"], name=op.f("fk_price_import_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_import")),
    )
    op.create_index(op.f("ix_price_import_agreement_id"), "price_import", ["agreement_id"], unique=False)
    op.create_table(
        "purchase_elsewhere",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("food_type_id", sa.Integer(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=True),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("supplier", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("extract(day from month) = 1", name=op.f("ck_purchase_elsewhere_month")),
        sa.CheckConstraint("net_cents >= 0 AND grams >= 0", name=op.f("ck_purchase_elsewhere_positive")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["person.id"], name=op.f("fk_purchase_elsewhere_entered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["food_type_id"], ["food_type.id"], name=op.f("fk_purchase_elsewhere_food_type_id")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_purchase_elsewhere_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["voided_by_id"], ["person.id"], name=op.f("fk_purchase_elsewhere_voided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_elsewhere")),
    )
    op.create_index(
        "ix_purchase_elsewhere_institution", "purchase_elsewhere", ["institution_id", "month"], unique=False
    )
    op.create_table(
        "subject_kind_food",
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("food_type_id", sa.Integer(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["food_type_id"], ["food_type.id"], name=op.f("fk_subject_kind_food_food_type_id")
        ),
        sa.ForeignKeyConstraint(["kind_id"], ["subject_kind.id"], name=op.f("fk_subject_kind_food_kind_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_subject_kind_food_municipality_id")
        ),
        sa.PrimaryKeyConstraint("municipality_id", "food_type_id", name=op.f("pk_subject_kind_food")),
    )
    op.create_index(op.f("ix_subject_kind_food_kind_id"), "subject_kind_food", ["kind_id"], unique=False)
    op.create_table(
        "weekly_need",
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("food_type_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "basis IN ('call_off', 'exempted', 'evidence', 'unclassified')", name=op.f("ck_weekly_need_basis")
        ),
        sa.ForeignKeyConstraint(["food_type_id"], ["food_type.id"], name=op.f("fk_weekly_need_food_type_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_weekly_need_institution_id")
        ),
        sa.PrimaryKeyConstraint(
            "institution_id", "food_type_id", "week", "basis", name=op.f("pk_weekly_need")
        ),
    )
    op.create_table(
        "agreed_price",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("food_type_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("amendment_id", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("price_cents > 0", name=op.f("ck_agreed_price_price")),
        sa.ForeignKeyConstraint(
            ["amendment_id"], ["agreement_amendment.id"], name=op.f("fk_agreed_price_amendment_id")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_agreed_price_created_by_id")),
        sa.ForeignKeyConstraint(
            ["food_type_id"], ["food_type.id"], name=op.f("fk_agreed_price_food_type_id")
        ),
        sa.ForeignKeyConstraint(["import_id"], ["price_import.id"], name=op.f("fk_agreed_price_import_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["agreement_lot.id"], name=op.f("fk_agreed_price_lot_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_agreed_price_producer_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_agreed_price_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreed_price")),
    )
    op.create_index(
        "ix_agreed_price_lot",
        "agreed_price",
        ["lot_id", "producer_id", "food_type_id", "valid_from"],
        unique=False,
    )
    op.create_table(
        "ceiling",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=True),
        sa.Column("producer_id", sa.Integer(), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("exempted", sa.Boolean(), nullable=False),
        sa.Column("limit_cents", sa.BigInteger(), nullable=True),
        sa.Column("limit_grams", sa.BigInteger(), nullable=True),
        sa.Column("used_cents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("used_grams", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("warned_bp", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("limit_cents >= 0 AND limit_grams >= 0", name=op.f("ck_ceiling_limits")),
        sa.CheckConstraint("lot_id IS NULL OR NOT exempted", name=op.f("ck_ceiling_exempted")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_ceiling_agreement_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_ceiling_institution_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["agreement_lot.id"], name=op.f("fk_ceiling_lot_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_ceiling_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ceiling")),
        sa.UniqueConstraint(
            "agreement_id",
            "lot_id",
            "producer_id",
            "institution_id",
            "exempted",
            name=op.f("uq_ceiling_agreement_id_lot_id_producer_id_institution_id_exempted"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "lot_application",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decide_by", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'admitted', 'refused', 'withdrawn')", name=op.f("ck_lot_application_state")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_lot_application_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["agreement_lot.id"], name=op.f("fk_lot_application_lot_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producer.id"], name=op.f("fk_lot_application_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_application")),
    )
    op.create_index(op.f("ix_lot_application_producer_id"), "lot_application", ["producer_id"], unique=False)
    op.create_index(
        "uq_lot_application_waiting",
        "lot_application",
        ["lot_id", "producer_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_table(
        "lot_food_type",
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("food_type_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["food_type_id"], ["food_type.id"], name=op.f("fk_lot_food_type_food_type_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["agreement_lot.id"], name=op.f("fk_lot_food_type_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", "food_type_id", name=op.f("pk_lot_food_type")),
    )
    op.create_index(op.f("ix_lot_food_type_food_type_id"), "lot_food_type", ["food_type_id"], unique=False)
    op.create_table(
        "lot_supplier",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=True),
        sa.Column("share_bp", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("rank > 0", name=op.f("ck_lot_supplier_rank")),
        sa.CheckConstraint("share_bp BETWEEN 1 AND 10000", name=op.f("ck_lot_supplier_share")),
        sa.ForeignKeyConstraint(["lot_id"], ["agreement_lot.id"], name=op.f("fk_lot_supplier_lot_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_lot_supplier_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_supplier")),
        sa.UniqueConstraint(
            "lot_id", "producer_id", "valid_from", name=op.f("uq_lot_supplier_lot_id_producer_id_valid_from")
        ),
    )
    op.create_index("ix_lot_supplier_producer", "lot_supplier", ["producer_id"], unique=False)
    op.create_table(
        "application_document",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["lot_application.id"], name=op.f("fk_application_document_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_document")),
    )
    op.create_index(
        op.f("ix_application_document_application_id"),
        "application_document",
        ["application_id"],
        unique=False,
    )
    op.create_table(
        "cycle_lot_offer",
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("food_type_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=True),
        sa.Column("price_cents", sa.BigInteger(), nullable=True),
        sa.Column("agreed_price_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreed_price_id"], ["agreed_price.id"], name=op.f("fk_cycle_lot_offer_agreed_price_id")
        ),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_cycle_lot_offer_cycle_id")),
        sa.ForeignKeyConstraint(
            ["food_type_id"], ["food_type.id"], name=op.f("fk_cycle_lot_offer_food_type_id")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["agreement_lot.id"], name=op.f("fk_cycle_lot_offer_lot_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_cycle_lot_offer_offer_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producer.id"], name=op.f("fk_cycle_lot_offer_producer_id")
        ),
        sa.PrimaryKeyConstraint("cycle_id", "offer_id", "lot_id", name=op.f("pk_cycle_lot_offer")),
    )
    op.create_index(
        "ix_cycle_lot_offer_lot", "cycle_lot_offer", ["cycle_id", "lot_id", "food_type_id"], unique=False
    )
    op.create_table(
        "order_option",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("funding", sa.Text(), nullable=False),
        sa.Column("substitution", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "funding IN ('regular', 'school_scheme', 'breakfast', 'other')",
            name=op.f("ck_order_option_funding"),
        ),
        sa.CheckConstraint(
            "substitution IN ('allowed', 'ask', 'never')", name=op.f("ck_order_option_substitution")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_order_option_offer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["weekly_order.id"], name=op.f("fk_order_option_order_id")),
        sa.PrimaryKeyConstraint("order_id", "offer_id", name=op.f("pk_order_option")),
    )
    op.create_table(
        "order_reason",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("food_type_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["food_type_id"], ["food_type.id"], name=op.f("fk_order_reason_food_type_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["weekly_order.id"], name=op.f("fk_order_reason_order_id")),
        sa.PrimaryKeyConstraint("order_id", "food_type_id", name=op.f("pk_order_reason")),
    )
    op.create_table(
        "offer_choice",
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column("food_type_id", sa.Integer(), nullable=False),
        sa.Column("first_offer_id", sa.Integer(), nullable=False),
        sa.Column("chosen_offer_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("scores", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["chosen_offer_id"], ["offer.id"], name=op.f("fk_offer_choice_chosen_offer_id")
        ),
        sa.ForeignKeyConstraint(
            ["first_offer_id"], ["offer.id"], name=op.f("fk_offer_choice_first_offer_id")
        ),
        sa.ForeignKeyConstraint(
            ["food_type_id"], ["food_type.id"], name=op.f("fk_offer_choice_food_type_id")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["order_submission.id"], name=op.f("fk_offer_choice_submission_id")
        ),
        sa.PrimaryKeyConstraint("submission_id", "food_type_id", name=op.f("pk_offer_choice")),
    )
    op.create_table(
        "order_approval",
        sa.Column("submission_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'sent_back', 'overtaken')", name=op.f("ck_order_approval_state")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_order_approval_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["order_submission.id"], name=op.f("fk_order_approval_submission_id")
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_order_approval")),
    )
    op.create_index(
        "ix_order_approval_waiting",
        "order_approval",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.add_column("food_type", sa.Column("shelf_life_days", sa.SmallInteger(), nullable=True))
    op.add_column("institution", sa.Column("approval_limit_cents", sa.BigInteger(), nullable=True))
    op.add_column("institution", sa.Column("unapproved", sa.Text(), server_default="drop", nullable=False))
    op.add_column("municipality", sa.Column("lawful_basis", sa.Text(), server_default="off", nullable=False))
    op.add_column("order_line", sa.Column("lot_id", sa.Integer(), nullable=True))
    op.add_column("order_line", sa.Column("agreed_price_id", sa.Integer(), nullable=True))
    op.add_column(
        "order_line", sa.Column("funding", sa.Text(), server_default=sa.text("'regular'"), nullable=False)
    )
    op.add_column(
        "order_line", sa.Column("substitution", sa.Text(), server_default=sa.text("'ask'"), nullable=False)
    )
    op.create_foreign_key(op.f("fk_order_line_lot_id"), "order_line", "agreement_lot", ["lot_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_order_line_agreed_price_id"), "order_line", "agreed_price", ["agreed_price_id"], ["id"]
    )
    op.add_column("procurement_record", sa.Column("lot_id", sa.Integer(), nullable=True))
    op.add_column(
        "procurement_record",
        sa.Column(
            "basis_facts",
            postgresql.JSONB(astext_type=Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.drop_index(op.f("uq_procurement_record_cycle"), table_name="procurement_record")
    op.create_index(
        "uq_procurement_record_cycle",
        "procurement_record",
        ["cycle_id", "institution_id", "producer_id", "basis", "lot_id", "version"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_foreign_key(
        op.f("fk_procurement_record_lot_id"), "procurement_record", "agreement_lot", ["lot_id"], ["id"]
    )
    op.add_column("product", sa.Column("harvest_hours", sa.SmallInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_institution_unapproved"), "institution", "unapproved IN ('count', 'drop')"
    )
    op.create_check_constraint(
        op.f("ck_municipality_lawful_basis"), "municipality", "lawful_basis IN ('off', 'enforced')"
    )
    op.create_check_constraint(
        op.f("ck_order_line_basis"),
        "order_line",
        "basis IN ('call_off', 'exempted', 'evidence', 'unclassified')",
    )
    op.create_check_constraint(
        op.f("ck_order_line_funding"),
        "order_line",
        "funding IN ('regular', 'school_scheme', 'breakfast', 'other')",
    )
    op.create_check_constraint(
        op.f("ck_order_line_substitution"), "order_line", "substitution IN ('allowed', 'ask', 'never')"
    )
    op.create_check_constraint(
        op.f("ck_order_line_lot"), "order_line", "(lot_id IS NOT NULL) = (basis IN ('call_off', 'exempted'))"
    )
    op.execute((SQL / "0003_freeze.sql").read_text())


def downgrade() -> None:
    op.execute((SQL / "0003_down.sql").read_text())
    for table, name in (
        ("order_line", "lot"),
        ("order_line", "substitution"),
        ("order_line", "funding"),
        ("order_line", "basis"),
        ("municipality", "lawful_basis"),
        ("institution", "unapproved"),
    ):
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.drop_column("product", "harvest_hours")
    op.drop_constraint(op.f("fk_procurement_record_lot_id"), "procurement_record", type_="foreignkey")
    op.drop_index(
        "uq_procurement_record_cycle", table_name="procurement_record", postgresql_nulls_not_distinct=True
    )
    op.create_index(
        op.f("uq_procurement_record_cycle"),
        "procurement_record",
        ["cycle_id", "institution_id", "producer_id", "basis", "version"],
        unique=True,
    )
    op.drop_column("procurement_record", "basis_facts")
    op.drop_column("procurement_record", "lot_id")
    op.drop_constraint(op.f("fk_order_line_agreed_price_id"), "order_line", type_="foreignkey")
    op.drop_constraint(op.f("fk_order_line_lot_id"), "order_line", type_="foreignkey")
    op.drop_column("order_line", "substitution")
    op.drop_column("order_line", "funding")
    op.drop_column("order_line", "agreed_price_id")
    op.drop_column("order_line", "lot_id")
    op.drop_column("municipality", "lawful_basis")
    op.drop_column("institution", "unapproved")
    op.drop_column("institution", "approval_limit_cents")
    op.drop_column("food_type", "shelf_life_days")
    op.drop_index(
        "ix_order_approval_waiting",
        table_name="order_approval",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_table("order_approval")
    op.drop_table("offer_choice")
    op.drop_table("order_reason")
    op.drop_table("order_option")
    op.drop_index("ix_cycle_lot_offer_lot", table_name="cycle_lot_offer")
    op.drop_table("cycle_lot_offer")
    op.drop_index(op.f("ix_application_document_application_id"), table_name="application_document")
    op.drop_table("application_document")
    op.drop_index("ix_lot_supplier_producer", table_name="lot_supplier")
    op.drop_table("lot_supplier")
    op.drop_index(op.f("ix_lot_food_type_food_type_id"), table_name="lot_food_type")
    op.drop_table("lot_food_type")
    op.drop_index(
        "uq_lot_application_waiting",
        table_name="lot_application",
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.drop_index(op.f("ix_lot_application_producer_id"), table_name="lot_application")
    op.drop_table("lot_application")
    op.drop_table("ceiling")
    op.drop_index("ix_agreed_price_lot", table_name="agreed_price")
    op.drop_table("agreed_price")
    op.drop_table("weekly_need")
    op.drop_index(op.f("ix_subject_kind_food_kind_id"), table_name="subject_kind_food")
    op.drop_table("subject_kind_food")
    op.drop_index("ix_purchase_elsewhere_institution", table_name="purchase_elsewhere")
    op.drop_table("purchase_elsewhere")
    op.drop_index(op.f("ix_price_import_agreement_id"), table_name="price_import")
    op.drop_table("price_import")
    op.drop_index("ix_interest_declaration_producer", table_name="interest_declaration")
    op.drop_index(op.f("ix_interest_declaration_municipality_id"), table_name="interest_declaration")
    op.drop_table("interest_declaration")
    op.drop_table("criteria")
    op.drop_table("budget")
    op.drop_table("agreement_lot")
    op.drop_index(op.f("ix_agreement_institution_institution_id"), table_name="agreement_institution")
    op.drop_table("agreement_institution")
    op.drop_table("agreement_amendment")
    op.drop_table("subject_kind")
    op.drop_index(op.f("ix_ownership_statement_producer_id"), table_name="ownership_statement")
    op.drop_table("ownership_statement")
    op.drop_index(op.f("ix_agreement_municipality_id"), table_name="agreement")
    op.drop_table("agreement")
