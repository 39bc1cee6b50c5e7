"""Flags: reasons to look, with their evidence and what people said of them.

Revision: 0019, after 0018.
"""

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
