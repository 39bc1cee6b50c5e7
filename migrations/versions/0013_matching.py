"""What of an invoice does not agree with order and acceptance, and who decided what of it.

Revision: 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

FREEZE = """
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON invoice_finding_decision
    FOR EACH ROW EXECUTE FUNCTION foodorder_refuse();
CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON invoice_finding_decision
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse();
GRANT SELECT, INSERT, UPDATE ON invoice_finding TO foodorder_app;
GRANT SELECT, INSERT ON invoice_finding_decision TO foodorder_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO foodorder_app;
"""


def upgrade() -> None:
    op.create_table(
        "invoice_finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('not_ordered', 'not_accepted', 'invoiced_twice', 'quantity_above', 'quantity_below', 'price_above', 'price_below', 'amount', 'unit', 'tax', 'total')",
            name=op.f("ck_invoice_finding_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('noted', 'held', 'explained', 'disputed', 'released')",
            name=op.f("ck_invoice_finding_state"),
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_finding_invoice_id")),
        sa.ForeignKeyConstraint(["line_id"], ["invoice_line.id"], name=op.f("fk_invoice_finding_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_finding")),
    )
    op.create_index(op.f("ix_invoice_finding_invoice_id"), "invoice_finding", ["invoice_id"], unique=False)
    op.create_table(
        "invoice_finding_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("finding_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "action IN ('explain', 'dispute', 'answer', 'withdraw', 'release', 'correct')",
            name=op.f("ck_invoice_finding_decision_action"),
        ),
        sa.CheckConstraint(
            "state IN ('noted', 'held', 'explained', 'disputed', 'released')",
            name=op.f("ck_invoice_finding_decision_state"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_invoice_finding_decision_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["invoice_finding.id"], name=op.f("fk_invoice_finding_decision_finding_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_finding_decision")),
    )
    op.create_index(
        op.f("ix_invoice_finding_decision_finding_id"),
        "invoice_finding_decision",
        ["finding_id"],
        unique=False,
    )
    op.execute(FREEZE)


def downgrade() -> None:
    op.drop_table("invoice_finding_decision")
    op.drop_table("invoice_finding")
