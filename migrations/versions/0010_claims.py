"""Claims about delivered goods, and what was bought elsewhere instead.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: A cover purchase is written once; a claim moves on until it is closed.
FREEZE = """
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON cover_purchase
    FOR EACH ROW EXECUTE FUNCTION foodorder_refuse();
CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON cover_purchase
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse();
GRANT SELECT, INSERT, UPDATE ON claim TO foodorder_app;
GRANT SELECT, INSERT ON cover_purchase TO foodorder_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO foodorder_app;
"""


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("delivery_line_id", sa.BigInteger(), nullable=False),
        sa.Column("acceptance_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("was_accepted", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("replaced", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("replacement_lot", sa.Text(), nullable=True),
        sa.Column("replacement_use_by", sa.Date(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('missing', 'quality', 'temperature', 'label', 'wrong_goods', 'hidden', 'other')",
            name=op.f("ck_claim_kind"),
        ),
        sa.CheckConstraint(
            "outcome IN ('replaced', 'credited', 'covered', 'withdrawn', 'refused')",
            name=op.f("ck_claim_outcome"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'promised', 'declined', 'contested', 'closed')", name=op.f("ck_claim_state")
        ),
        sa.CheckConstraint("(outcome IS NULL) = (resolved_at IS NULL)", name=op.f("ck_claim_resolved")),
        sa.CheckConstraint(
            "quantity > 0 AND replaced BETWEEN 0 AND quantity", name=op.f("ck_claim_quantity")
        ),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance_line.id"], name=op.f("fk_claim_acceptance_id")
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_claim_answered_by_id")),
        sa.ForeignKeyConstraint(
            ["delivery_line_id"], ["delivery_line.id"], name=op.f("fk_claim_delivery_line_id")
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name=op.f("fk_claim_opened_by_id")),
        sa.ForeignKeyConstraint(["resolved_by_id"], ["person.id"], name=op.f("fk_claim_resolved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    op.create_index("ix_claim_line", "claim", ["delivery_line_id"], unique=False)
    op.create_index(
        "ix_claim_open", "claim", ["due_at"], unique=False, postgresql_where=sa.text("resolved_at IS NULL")
    )
    op.create_table(
        "cover_purchase",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("vat_cents", sa.BigInteger(), nullable=False),
        sa.Column("gross_cents", sa.BigInteger(), nullable=False),
        sa.Column("extra_cents", sa.BigInteger(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("extra_cents >= 0", name=op.f("ck_cover_purchase_extra")),
        sa.CheckConstraint("gross_cents = net_cents + vat_cents", name=op.f("ck_cover_purchase_gross")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cover_purchase_quantity")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_cover_purchase_claim_id")),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["person.id"], name=op.f("fk_cover_purchase_entered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover_purchase")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_cover_purchase_claim_id")),
    )
    op.execute(FREEZE)


def downgrade() -> None:
    op.drop_table("cover_purchase")
    op.drop_table("claim")
