"""A lot covers an offer on some days of a week, an institution is entitled from a day to a day, and a
producer supplies a lot once on each day.

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: Rows of one producer that overlap: the earlier one ends the day before the next begins, as a new place does.
MEND = """
UPDATE lot_supplier s SET valid_to = next.valid_from - 1
  FROM (SELECT id, lead(valid_from) OVER (PARTITION BY lot_id, producer_id ORDER BY valid_from) AS valid_from
          FROM lot_supplier WHERE valid_to IS NULL OR valid_to >= valid_from) next
 WHERE next.id = s.id AND next.valid_from <= coalesce(s.valid_to, 'infinity')
"""

#: Without extensions only ranges can be excluded: a number is the range of itself alone. Who left before the
#: first day never supplied.
EXCLUDE = """
ALTER TABLE lot_supplier ADD CONSTRAINT ex_lot_supplier_days EXCLUDE USING gist (
    int4range(lot_id, lot_id, '[]') WITH =,
    int4range(producer_id, producer_id, '[]') WITH =,
    daterange(valid_from, valid_to, '[]') WITH &&
) WHERE (valid_to IS NULL OR valid_to >= valid_from)
"""


def upgrade() -> None:
    op.execute(MEND)
    op.execute(EXCLUDE)
    # What was frozen before held all week; new rows always say their days.
    op.add_column(
        "cycle_lot_offer", sa.Column("days", sa.SmallInteger(), server_default="127", nullable=False)
    )
    op.alter_column("cycle_lot_offer", "days", server_default=None)
    op.drop_constraint(op.f("pk_cycle_lot_offer"), "cycle_lot_offer")
    op.create_primary_key(
        op.f("pk_cycle_lot_offer"), "cycle_lot_offer", ["cycle_id", "offer_id", "lot_id", "days"]
    )
    op.create_check_constraint(op.f("ck_cycle_lot_offer_days"), "cycle_lot_offer", "days BETWEEN 1 AND 127")
    op.add_column("agreement_institution", sa.Column("valid_from", sa.Date(), nullable=True))
    op.add_column("agreement_institution", sa.Column("valid_to", sa.Date(), nullable=True))


def downgrade() -> None:
    # Who is no longer entitled was not in the table as it was.
    op.execute("DELETE FROM agreement_institution WHERE valid_to IS NOT NULL")
    op.drop_column("agreement_institution", "valid_to")
    op.drop_column("agreement_institution", "valid_from")
    op.drop_constraint(op.f("ck_cycle_lot_offer_days"), "cycle_lot_offer", type_="check")
    op.drop_constraint(op.f("pk_cycle_lot_offer"), "cycle_lot_offer")
    # Of several rows the one that holds longest stands for the week.
    op.execute(
        "DELETE FROM cycle_lot_offer a USING cycle_lot_offer b"
        " WHERE (a.cycle_id, a.offer_id, a.lot_id) = (b.cycle_id, b.offer_id, b.lot_id)"
        " AND (bit_count(a.days::integer::bit(7)), a.days) < (bit_count(b.days::integer::bit(7)), b.days)"
    )
    op.drop_column("cycle_lot_offer", "days")
    op.create_primary_key(op.f("pk_cycle_lot_offer"), "cycle_lot_offer", ["cycle_id", "offer_id", "lot_id"])
    op.execute("ALTER TABLE lot_supplier DROP CONSTRAINT ex_lot_supplier_days")
