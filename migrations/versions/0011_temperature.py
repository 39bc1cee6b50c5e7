"""Temperature limits at acceptance, and which food is of animal origin (reference data).

Revision: 0011, after 0010. The rows come with `foodorder seed reference`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "temperature_limit",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_sl", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("lowest", sa.SmallInteger(), nullable=True),
        sa.Column("highest", sa.SmallInteger(), nullable=True),
        sa.Column("tolerance", sa.SmallInteger(), nullable=False),
        sa.Column("certainty", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_temperature_limit")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON temperature_limit TO foodorder_app")
    op.add_column("food_type", sa.Column("temperature", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_food_type_temperature"), "food_type", "temperature_limit", ["temperature"], ["code"]
    )
    op.add_column(
        "food_type", sa.Column("animal_origin", sa.Boolean(), server_default="false", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("food_type", "animal_origin")
    op.drop_constraint(op.f("fk_food_type_temperature"), "food_type", type_="foreignkey")
    op.drop_column("food_type", "temperature")
    op.drop_table("temperature_limit")
