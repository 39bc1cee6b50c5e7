"""What Stripe took, what of it is booked, and what went back; when it said so.

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BACK_KINDS = "'refund', 'dispute'"
BACK_STATES = "'asked', 'pending', 'succeeded', 'failed'"
METHODS = "'card', 'sepa_debit'"
INTENT_STATES = (
    "'asked', 'requires_payment_method', 'requires_confirmation', 'requires_action', 'requires_capture',"
    " 'processing', 'succeeded', 'canceled'"
)


def upgrade() -> None:
    op.add_column(
        "stripe_intent", sa.Column("method", sa.Text(), server_default=sa.text("'card'"), nullable=False)
    )
    op.add_column("stripe_intent", sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stripe_intent", sa.Column("taken_cents", sa.BigInteger(), nullable=True))
    op.add_column("stripe_intent", sa.Column("booked_cents", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_stripe_intent_method"), "stripe_intent", f"method IN ({METHODS})")
    op.create_check_constraint(op.f("ck_stripe_intent_state"), "stripe_intent", f"state IN ({INTENT_STATES})")
    op.create_check_constraint(
        op.f("ck_stripe_intent_booked"), "stripe_intent", "booked_cents BETWEEN 0 AND taken_cents"
    )
    op.add_column("stripe_account", sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "stripe_back",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("intent_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("booked_cents", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(f"kind IN ({BACK_KINDS})", name=op.f("ck_stripe_back_kind")),
        sa.CheckConstraint(f"state IN ({BACK_STATES})", name=op.f("ck_stripe_back_state")),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_stripe_back_amount")),
        sa.CheckConstraint("booked_cents BETWEEN 0 AND amount_cents", name=op.f("ck_stripe_back_booked")),
        sa.ForeignKeyConstraint(["intent_id"], ["stripe_intent.id"], name=op.f("fk_stripe_back_intent_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name=op.f("fk_stripe_back_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_back")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_stripe_back_idempotency_key")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_stripe_back_stripe_id")),
    )
    op.create_index(op.f("ix_stripe_back_intent_id"), "stripe_back", ["intent_id"], unique=False)
    op.create_index(
        "ix_stripe_event_undone",
        "stripe_event",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON stripe_back TO foodorder_app")
    op.execute("GRANT USAGE ON SEQUENCE stripe_back_id_seq TO foodorder_app")


def downgrade() -> None:
    op.drop_index("ix_stripe_event_undone", "stripe_event")
    op.drop_table("stripe_back")
    op.drop_column("stripe_account", "heard_at")
    op.drop_constraint(op.f("ck_stripe_intent_booked"), "stripe_intent")
    op.drop_constraint(op.f("ck_stripe_intent_state"), "stripe_intent")
    op.drop_constraint(op.f("ck_stripe_intent_method"), "stripe_intent")
    for column in ("booked_cents", "taken_cents", "heard_at", "method"):
        op.drop_column("stripe_intent", column)
