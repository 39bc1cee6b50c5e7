"""Whose wish a change after the close is, and why it is lawful that its cost is borne so.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GROUNDS = "ground IN ('addition', 'producers_wish', 'buyer_bears', 'enough_notice', 'not_perishable')"


def upgrade() -> None:
    op.add_column(
        "record_change", sa.Column("initiative", sa.Text(), server_default=sa.text("'buyer'"), nullable=False)
    )
    op.add_column("record_change", sa.Column("ground", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_record_change_initiative"), "record_change", "initiative IN ('buyer', 'producer')"
    )
    op.create_check_constraint(op.f("ck_record_change_ground"), "record_change", GROUNDS)


def downgrade() -> None:
    op.drop_column("record_change", "ground")
    op.drop_column("record_change", "initiative")
