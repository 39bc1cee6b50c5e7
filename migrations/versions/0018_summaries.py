"""Summaries of spend, kept by the transactions that write the records.

Revision: 0018, after 0017. The upgrade fills them from what there is.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

SQL = Path(__file__).with_name("sql")

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

#: As foodorder/audit/models.py: functions add rows of these columns in this order.
MEASURES = (
    "lines", "repriced", "net_cents", "grams", "organic_grams", "quality_grams", "local_grams",
    "placed_grams", "gram_metres", "ordered_cents", "ordered_grams", "delivered_cents", "delivered_grams",
    "accepted_cents", "accepted_grams", "invoiced_cents", "paid_cents",
)  # fmt: skip

FILL = """
SELECT foodorder_proofs_recount();
SELECT foodorder_spend_recount(array_agg(id), NULL, '-infinity', 'infinity') FROM institution;
SELECT foodorder_prices_recount(id) FROM municipality ORDER BY id;
"""

TABLES = ("spend_cell", "spend_pair", "price_cell", "offer_cell", "product_proof", "summary_due")
VIEWS = (
    "spend_month", "spend_recorded", "spend_ordered", "spend_delivered", "spend_accepted",
    "spend_invoiced", "product_proof_raw",
)  # fmt: skip

#: In the order in which they go: a trigger's function takes its triggers along.
TRIGGERS = (
    "cycle_recorded", "record_line_written", "record_superseded", "delivery_line_changed",
    "delivery_note_moved", "invoice_line_written", "invoice_moved", "certificate_linked",
    "certificate_changed", "farm_moved", "door_moved", "product_changed",
)  # fmt: skip
FUNCTIONS = (
    "proofs_changed", "recount_supplier", "hold_supplier", "spend_records", "spend_lines", "spend_cycles",
    "proofs_recount", "prices_recount", "spend_recount", "spend_add", "spend_join", "spend_hold",
    "offers_raw", "prices_raw", "records_raw", "spend_raw", "is_nothing",
)  # fmt: skip
WORDS = ("paid", "air_metres", "counts_as", "month")


def upgrade() -> None:
    _cells()
    _prices_and_offers()
    _aids()
    for name in ("words", "raw", "add", "triggers", "money", "facts"):
        op.execute((SQL / f"0018_{name}.sql").read_text())
    op.execute(_months())
    op.execute(f"GRANT SELECT ON {', '.join((*TABLES, *VIEWS))} TO foodorder_app")
    op.execute(FILL)


def _cells() -> None:
    op.create_table(
        "spend_cell",
        *_keys("institution", "producer", "food_type"),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        *(_sum(name) for name in MEASURES),
        sa.PrimaryKeyConstraint(
            "institution_id", "month", "producer_id", "food_type_id", "basis", "certificate",
            name=op.f("pk_spend_cell"),
        ),
        sa.CheckConstraint(
            "certificate IN ('organic', 'quality', 'conventional')", name=op.f("ck_spend_cell_certificate")
        ),
    )  # fmt: skip
    op.create_index("ix_spend_cell_producer", "spend_cell", ["producer_id", "month"])
    op.create_table(
        "spend_pair",
        *_keys("institution", "producer"),
        sa.Column("month", sa.Date(), nullable=False),
        *(_sum(name) for name in ("records", *MEASURES)),
        sa.PrimaryKeyConstraint("institution_id", "month", "producer_id", name=op.f("pk_spend_pair")),
    )
    op.create_index("ix_spend_pair_producer", "spend_pair", ["producer_id", "month"])


def _prices_and_offers() -> None:
    op.create_table(
        "price_cell",
        *_keys("municipality", "food_type"),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        *(_sum(name) for name in ("lines", "quantity", "grams", "net_cents")),
        sa.PrimaryKeyConstraint(
            "municipality_id", "food_type_id", "unit", "month", "price_cents", name=op.f("pk_price_cell")
        ),
    )
    op.create_index("ix_price_cell_food_type", "price_cell", ["food_type_id", "month"])
    op.create_table(
        "offer_cell",
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("food_type_id", sa.Integer(), nullable=False),
        *(_sum(name) for name in ("offers", "producers", "ordering_institutions", "net_cents")),
        sa.PrimaryKeyConstraint("municipality_id", "week", "food_type_id", name=op.f("pk_offer_cell")),
    )


def _aids() -> None:
    op.create_table(
        "product_proof",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("organic", postgresql.DATEMULTIRANGE(), nullable=False),
        sa.Column("quality", postgresql.DATEMULTIRANGE(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_product_proof")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_proof_product_id"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "summary_due",
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("cycle_id", name=op.f("pk_summary_due")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_summary_due_cycle_id")),
    )


def _keys(*tables: str) -> list[sa.Column[int]]:
    return [sa.Column(f"{table}_id", sa.Integer(), nullable=False) for table in tables]


def _sum(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def _months() -> str:
    """What is known by supplier, added up by institution and month."""
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in ("records", *MEASURES))
    return (
        f"CREATE VIEW spend_month AS SELECT institution_id, month, {sums}"
        " FROM spend_pair GROUP BY institution_id, month"
    )


def downgrade() -> None:
    for name in TRIGGERS:
        op.execute(f"DROP FUNCTION foodorder_{name} CASCADE")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION foodorder_{name}")
    for name in VIEWS:
        op.execute(f"DROP VIEW {name}")
    for name in TABLES:
        op.drop_table(name)
    for name in WORDS:
        op.execute(f"DROP FUNCTION foodorder_{name}")
