"""One supplier's sums with one buyer have a lock of their own.

Revision: 0024, after 0023. `hashint8` folds the two halves of its number, so that buyer 1 with supplier 2 had
the lock of buyer 2 with supplier 1, and two kitchens that accepted at the same time could wait in a circle.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

JOIN = """
CREATE OR REPLACE FUNCTION foodorder_spend_join(institutions integer[], producers integer[]) RETURNS void
    LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(5, m) FROM (
        SELECT DISTINCT municipality_id AS m FROM institution WHERE id = ANY(institutions) ORDER BY 1) x;
    PERFORM pg_advisory_xact_lock(6, pair) FROM (
        SELECT DISTINCT {key} AS pair FROM unnest(institutions, producers) AS t (i, p)
         ORDER BY 1) x;
END $$
"""


def upgrade() -> None:
    op.execute(JOIN.format(key="hashtext(i || ' ' || p)"))


def downgrade() -> None:
    op.execute(JOIN.format(key="hashint8((i::bigint << 32) + p)"))
