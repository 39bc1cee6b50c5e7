"""Urgent additions from a producer with whom the kitchen has no record in the cycle that they fit.

Revision: 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WHOSE = ("cycle", "institution", "producer")

FILL = """
UPDATE record_change h
   SET cycle_id = r.cycle_id, institution_id = r.institution_id, producer_id = r.producer_id
  FROM procurement_record r WHERE r.id = h.record_id
"""

# Before, a request was always about a record: what made a record of its own becomes a request about that one,
# and requests that made none are forgotten.
BACK = """
UPDATE record_change h
   SET record_id = (SELECT min(r.id) FROM procurement_record r WHERE r.change_id = h.id)
 WHERE h.record_id IS NULL;
ALTER TABLE record_change_line DISABLE TRIGGER frozen;
DELETE FROM record_change_line x USING record_change h WHERE h.id = x.change_id AND h.record_id IS NULL;
ALTER TABLE record_change_line ENABLE TRIGGER frozen;
DELETE FROM record_change WHERE record_id IS NULL;
"""


def upgrade() -> None:
    for name in WHOSE:
        op.add_column("record_change", sa.Column(f"{name}_id", sa.Integer(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_record_change_{name}_id"), "record_change", name, [f"{name}_id"], ["id"]
        )
    op.execute(FILL)
    for name in WHOSE:
        op.alter_column("record_change", f"{name}_id", nullable=False)
    op.alter_column("record_change", "record_id", nullable=True)
    op.add_column("record_change", sa.Column("instead_of_id", sa.BigInteger(), nullable=True))
    op.add_column("record_change", sa.Column("missing", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_record_change_instead_of_id"), "record_change", "order_line", ["instead_of_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_record_change_instead"),
        "record_change",
        "(instead_of_id IS NULL) = (missing IS NULL) AND (instead_of_id IS NULL OR record_id IS NULL)",
    )
    op.create_check_constraint(
        op.f("ck_record_change_apart"), "record_change", "record_id IS NOT NULL OR kind = 'addition'"
    )
    op.create_index(
        "uq_record_change_apart",
        "record_change",
        ["cycle_id", "institution_id", "producer_id"],
        unique=True,
        postgresql_where=sa.text("record_id IS NULL AND state = 'asked'"),
    )


def downgrade() -> None:
    op.drop_index("uq_record_change_apart", table_name="record_change")
    op.drop_constraint(op.f("ck_record_change_apart"), "record_change")
    op.drop_constraint(op.f("ck_record_change_instead"), "record_change")
    op.drop_column("record_change", "missing")
    op.drop_column("record_change", "instead_of_id")
    op.execute(BACK)
    op.alter_column("record_change", "record_id", nullable=False)
    for name in WHOSE:
        op.drop_column("record_change", f"{name}_id")
