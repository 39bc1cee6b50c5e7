"""Checks of the whole trail, asked for by people or by the clock, and what became of them.

Revision: 0002, after 0001.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

SQL = Path(__file__).with_name("sql")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trail_check",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "asked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("foodorder_clock()"),
            nullable=False,
        ),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("events", sa.Integer(), nullable=True),
        sa.Column("blocks", sa.Integer(), nullable=True),
        sa.Column("ok", sa.Boolean(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(finished_at, events, blocks, ok) IN (0, 4) AND (finished_at IS NULL OR started_at IS NOT NULL)",
            name=op.f("ck_trail_check_finished"),
        ),
        sa.CheckConstraint("(finding IS NULL) = (ok IS NOT FALSE)", name=op.f("ck_trail_check_finding")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_check")),
    )
    op.create_index("ix_trail_check_asked", "trail_check", ["asked_at"], unique=False)
    op.execute((SQL / "0002_check.sql").read_text())


def downgrade() -> None:
    op.drop_index("ix_trail_check_asked", table_name="trail_check")
    op.drop_table("trail_check")
    op.execute("DROP FUNCTION foodorder_check_frozen")
