"""What a municipality shows of itself in public; the day's last seal is found without reading all of them.

Revision: 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "municipality",
        sa.Column("public_window", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.add_column(
        "municipality",
        sa.Column("public_small_producers", sa.Text(), server_default="masked", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_municipality_public_small_producers"),
        "municipality",
        "public_small_producers IN ('named', 'masked')",
    )
    op.create_index("ix_trail_block_sealed_at", "trail_block", ["sealed_at"])


def downgrade() -> None:
    op.drop_index("ix_trail_block_sealed_at", "trail_block")
    op.drop_constraint(op.f("ck_municipality_public_small_producers"), "municipality")
    op.drop_column("municipality", "public_small_producers")
    op.drop_column("municipality", "public_window")
