"""Delivery notes, acceptance and claims; a record's line keeps its identity over the record's versions.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Lines of later versions find the line of the first version that they continue: the same order line, or the
# same offer, door and day of an addition.
ROOTS = """
ALTER TABLE record_line DISABLE TRIGGER USER;
UPDATE record_line l SET root_id = (
    SELECT min(f.id)
      FROM procurement_record r
      JOIN procurement_record e ON e.institution_id = r.institution_id AND e.year = r.year
                               AND e.sequence = r.sequence AND e.version < r.version
      JOIN record_line f ON f.record_id = e.id
       AND (f.order_line_id = l.order_line_id
            OR (l.order_line_id IS NULL AND f.order_line_id IS NULL AND f.offer_version_id = l.offer_version_id
                AND f.delivery_point_id = l.delivery_point_id AND f.delivery_date = l.delivery_date))
     WHERE r.id = l.record_id)
 WHERE EXISTS (SELECT FROM procurement_record r WHERE r.id = l.record_id AND r.version > 1);
ALTER TABLE record_line ENABLE TRIGGER USER;
"""

#: Written once, never changed.
FROZEN = ("record_line_sent",)
FREEZE = """
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION foodorder_refuse();
CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse();
"""


def upgrade() -> None:
    op.add_column("institution", sa.Column("iban", sa.Text(), nullable=True))
    op.add_column(
        "municipality", sa.Column("claim_minutes", sa.SmallInteger(), server_default="60", nullable=False)
    )
    op.add_column("record_line", sa.Column("root_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_record_line_root_id"), "record_line", "record_line", ["root_id"], ["id"])
    op.create_index("ix_record_line_root", "record_line", ["root_id"])
    op.execute(ROOTS)
    op.create_table(
        "record_line_sent",
        sa.Column("root_line_id", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["root_line_id"], ["record_line.id"], name=op.f("fk_record_line_sent_root_line_id")
        ),
        sa.PrimaryKeyConstraint("root_line_id", name=op.f("pk_record_line_sent")),
    )
    op.execute("GRANT SELECT, INSERT ON record_line_sent TO foodorder_app")
    for table in FROZEN:
        op.execute(FREEZE.format(table=table))


def downgrade() -> None:
    op.drop_table("record_line_sent")
    op.drop_index("ix_record_line_root", table_name="record_line")
    op.drop_constraint(op.f("fk_record_line_root_id"), "record_line", type_="foreignkey")
    op.drop_column("record_line", "root_id")
    op.drop_column("municipality", "claim_minutes")
    op.drop_column("institution", "iban")
