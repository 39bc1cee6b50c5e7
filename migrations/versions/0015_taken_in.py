"""What a line of an invoice that was written elsewhere counts as invoiced, and of which goods.

Revision: 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# A line that was written here is frozen whole. One that was taken in says for ever what it said; only whose goods
# it means, and what it counts, is found out later: the invoice may come before the goods do.
UP = """
DROP TRIGGER frozen ON invoice_line;
CREATE TRIGGER frozen BEFORE UPDATE ON invoice_line FOR EACH ROW
    WHEN (OLD.counted IS NULL) EXECUTE FUNCTION foodorder_refuse();
CREATE TRIGGER frozen_words BEFORE UPDATE ON invoice_line FOR EACH ROW WHEN (OLD.counted IS NOT NULL)
    EXECUTE FUNCTION foodorder_moves_only(
        'delivery_line_id', 'acceptance_id', 'record_line_id', 'counted', 'counted_cents');
CREATE TRIGGER frozen_row BEFORE DELETE ON invoice_line FOR EACH ROW EXECUTE FUNCTION foodorder_refuse();
GRANT UPDATE (delivery_line_id, acceptance_id, record_line_id, counted, counted_cents)
    ON invoice_line TO foodorder_app;
"""
DOWN = """
REVOKE UPDATE (delivery_line_id, acceptance_id, record_line_id, counted, counted_cents)
    ON invoice_line FROM foodorder_app;
DROP TRIGGER frozen_row ON invoice_line;
DROP TRIGGER frozen_words ON invoice_line;
DROP TRIGGER frozen ON invoice_line;
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION foodorder_refuse();
"""


def upgrade() -> None:
    op.add_column("invoice_line", sa.Column("counted", sa.BigInteger(), nullable=True))
    op.add_column("invoice_line", sa.Column("counted_cents", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_invoice_line_counted"),
        "invoice_line",
        "counted >= 0 AND (counted IS NULL) = (counted_cents IS NULL)",
    )
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
    op.drop_constraint(op.f("ck_invoice_line_counted"), "invoice_line")
    op.drop_column("invoice_line", "counted_cents")
    op.drop_column("invoice_line", "counted")
