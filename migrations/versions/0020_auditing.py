"""What an auditor does: marks of what was seen, samples drawn, access limited in time.

Revision: 0020, after 0019.
"""

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
