"""A month in which nothing was bought elsewhere can be said, and why a purchase elsewhere was voided.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: Which columns may be set when a row is voided: with the reason, and as it was before this revision.
WITH_REASON = "'voided_at' - 'voided_by_id' - 'void_reason'"
BEFORE = "'voided_at' - 'voided_by_id'"


def upgrade() -> None:
    op.alter_column("purchase_elsewhere", "food_type_id", existing_type=sa.Integer(), nullable=True)
    op.add_column("purchase_elsewhere", sa.Column("void_reason", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_purchase_elsewhere_nothing"),
        "purchase_elsewhere",
        "food_type_id IS NOT NULL OR (net_cents = 0 AND grams = 0)",
    )
    op.execute(_frozen_but(WITH_REASON))
    op.execute("GRANT UPDATE (void_reason) ON purchase_elsewhere TO foodorder_app")


def downgrade() -> None:
    op.execute("REVOKE UPDATE (void_reason) ON purchase_elsewhere FROM foodorder_app")
    op.execute(_frozen_but(BEFORE))
    # Rows that say "nothing" have no place in the table as it was.
    op.execute("ALTER TABLE purchase_elsewhere DISABLE TRIGGER USER")
    op.execute("DELETE FROM purchase_elsewhere WHERE food_type_id IS NULL")
    op.execute("ALTER TABLE purchase_elsewhere ENABLE TRIGGER USER")
    op.drop_constraint(op.f("ck_purchase_elsewhere_nothing"), "purchase_elsewhere")
    op.drop_column("purchase_elsewhere", "void_reason")
    op.alter_column("purchase_elsewhere", "food_type_id", existing_type=sa.Integer(), nullable=False)


def _frozen_but(columns: str) -> str:
    """The trigger's function that lets a row be voided once and nothing else of it be changed."""
    return f"""
CREATE OR REPLACE FUNCTION foodorder_purchase_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.voided_at IS NOT NULL OR NEW.voided_at IS NULL
       OR (to_jsonb(OLD) - {columns}) <> (to_jsonb(NEW) - {columns}) THEN
        RAISE EXCEPTION 'purchase_elsewhere rows are frozen: % refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$"""
