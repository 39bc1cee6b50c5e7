"""Excess of a payment by card that pays another invoice; numbers of invoices written here and elsewhere apart.

Revision: 0023, after 0022. Going back forgets what was kept, and needs numbers that are unique again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KIND = "ck_stripe_back_kind"
NUMBER = "uq_invoice_producer_id_number"


def upgrade() -> None:
    op.drop_constraint(op.f(KIND), "stripe_back", type_="check")
    op.create_check_constraint(op.f(KIND), "stripe_back", "kind IN ('refund', 'dispute', 'kept')")
    op.drop_constraint(op.f(NUMBER), "invoice", type_="unique")
    for name, whose in (("ours", "IS NOT NULL"), ("theirs", "IS NULL")):
        op.create_index(
            f"uq_invoice_number_{name}",
            "invoice",
            ["producer_id", "number"],
            unique=True,
            postgresql_where=sa.text(f"sequence {whose}"),
        )


def downgrade() -> None:
    for name in ("ours", "theirs"):
        op.drop_index(f"uq_invoice_number_{name}", "invoice")
    op.create_unique_constraint(op.f(NUMBER), "invoice", ["producer_id", "number"])
    op.execute("DELETE FROM stripe_back WHERE kind = 'kept'")
    op.drop_constraint(op.f(KIND), "stripe_back", type_="check")
    op.create_check_constraint(op.f(KIND), "stripe_back", "kind IN ('refund', 'dispute')")
