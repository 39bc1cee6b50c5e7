"""Which producers have records whose delivery notes are still to be made or renewed.

Revision: 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# The list is kept by the records themselves, so that nobody who writes one can forget it and the clock need not
# look through all years. DO UPDATE, though it changes nothing: who takes the row off the list waits for a record
# that is just being written, and then sees it.
DUE = """
CREATE FUNCTION foodorder_delivery_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO delivery_due (cycle_id, producer_id)
    SELECT DISTINCT cycle_id, producer_id FROM fresh ORDER BY cycle_id, producer_id
    ON CONFLICT (cycle_id, producer_id) DO UPDATE SET cycle_id = excluded.cycle_id;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_due AFTER INSERT ON procurement_record REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_delivery_due();
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery_due TO foodorder_app;
"""

# Weeks that were over before there were notes get none.
COMING = """
INSERT INTO delivery_due (cycle_id, producer_id)
SELECT DISTINCT r.cycle_id, r.producer_id FROM procurement_record r JOIN cycle c ON c.id = r.cycle_id
 WHERE r.superseded_by_id IS NULL AND c.week > CURRENT_DATE - 7
"""


def upgrade() -> None:
    op.create_table(
        "delivery_due",
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_delivery_due_cycle_id")),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_delivery_due_producer_id")),
        sa.PrimaryKeyConstraint("cycle_id", "producer_id", name=op.f("pk_delivery_due")),
    )
    op.execute(DUE)
    op.execute(COMING)


def downgrade() -> None:
    op.execute("DROP TRIGGER delivery_due ON procurement_record")
    op.drop_table("delivery_due")
    op.execute("DROP FUNCTION foodorder_delivery_due")
