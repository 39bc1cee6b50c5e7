"""Delivery notes with their lots, what was told that cannot come, and what was accepted.

Revision: 0009, after 0008.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

SQL = Path(__file__).with_name("sql")

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery_counter",
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producer.id"], name=op.f("fk_delivery_counter_producer_id")
        ),
        sa.PrimaryKeyConstraint("producer_id", "year", name=op.f("pk_delivery_counter")),
    )
    op.create_table(
        "delivery_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("producer_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("delivery_point_id", sa.Integer(), nullable=False),
        sa.Column("delivery_date", sa.Date(), nullable=False),
        sa.Column("part", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'prepared', 'on_the_way', 'received', 'cancelled')",
            name=op.f("ck_delivery_note_state"),
        ),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_delivery_note_cycle_id")),
        sa.ForeignKeyConstraint(
            ["delivery_point_id", "institution_id"],
            ["delivery_point.id", "delivery_point.institution_id"],
            name=op.f("fk_delivery_note_delivery_point_id_institution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_delivery_note_institution_id")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_delivery_note_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_note")),
        sa.UniqueConstraint(
            "cycle_id",
            "producer_id",
            "delivery_point_id",
            "delivery_date",
            "part",
            name="uq_delivery_note_stop",
        ),
        sa.UniqueConstraint(
            "producer_id", "year", "sequence", name=op.f("uq_delivery_note_producer_id_year_sequence")
        ),
    )
    op.create_index(
        "ix_delivery_note_institution", "delivery_note", ["institution_id", "delivery_date"], unique=False
    )
    op.create_index(
        "ix_delivery_note_producer", "delivery_note", ["producer_id", "delivery_date"], unique=False
    )
    op.create_table(
        "delivery_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("record_line_id", sa.BigInteger(), nullable=False),
        sa.Column("root_line_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("part", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("ordered", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("grams_per_unit", sa.Integer(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=True),
        sa.Column("use_by", sa.Date(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("animal", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("temperature", sa.Text(), nullable=True),
        sa.Column("acceptance_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "quantity >= 0 AND ordered >= 0 AND grams >= 0", name=op.f("ck_delivery_line_positive")
        ),
        sa.ForeignKeyConstraint(["note_id"], ["delivery_note.id"], name=op.f("fk_delivery_line_note_id")),
        sa.ForeignKeyConstraint(
            ["record_line_id"], ["record_line.id"], name=op.f("fk_delivery_line_record_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["root_line_id"], ["record_line.id"], name=op.f("fk_delivery_line_root_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_line")),
        sa.UniqueConstraint(
            "note_id", "root_line_id", "part", name=op.f("uq_delivery_line_note_id_root_line_id_part")
        ),
    )
    op.create_index("ix_delivery_line_record_line", "delivery_line", ["record_line_id"], unique=False)
    op.create_index("ix_delivery_line_root", "delivery_line", ["root_line_id"], unique=False)
    op.create_table(
        "shortfall",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("root_line_id", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('frost', 'hail', 'drought', 'rain', 'pest', 'quality', 'small_harvest', 'breakdown', 'illness', 'other')",
            name=op.f("ck_shortfall_reason"),
        ),
        sa.CheckConstraint("missing > 0", name=op.f("ck_shortfall_missing")),
        sa.ForeignKeyConstraint(["note_id"], ["delivery_note.id"], name=op.f("fk_shortfall_note_id")),
        sa.ForeignKeyConstraint(["root_line_id"], ["record_line.id"], name=op.f("fk_shortfall_root_line_id")),
        sa.ForeignKeyConstraint(["told_by_id"], ["person.id"], name=op.f("fk_shortfall_told_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortfall")),
    )
    op.create_index(op.f("ix_shortfall_note_id"), "shortfall", ["note_id"], unique=False)
    op.create_index("ix_shortfall_root", "shortfall", ["root_line_id"], unique=False)
    op.create_table(
        "acceptance_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("delivery_line_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("temperature", sa.SmallInteger(), nullable=True),
        sa.Column("temperature_facts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("lot", sa.Text(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'partly', 'refused')", name=op.f("ck_acceptance_line_outcome")
        ),
        sa.CheckConstraint(
            "reason IN ('missing', 'less', 'quality', 'temperature', 'use_by', 'packaging', 'label', 'wrong_goods', 'late', 'other')",
            name=op.f("ck_acceptance_line_reason"),
        ),
        sa.CheckConstraint("quantity >= 0 AND grams >= 0", name=op.f("ck_acceptance_line_positive")),
        sa.ForeignKeyConstraint(
            ["delivery_line_id"], ["delivery_line.id"], name=op.f("fk_acceptance_line_delivery_line_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_acceptance_line_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_line")),
        sa.UniqueConstraint(
            "delivery_line_id", "version", name=op.f("uq_acceptance_line_delivery_line_id_version")
        ),
        sa.UniqueConstraint("key", name=op.f("uq_acceptance_line_key")),
    )
    op.create_table(
        "acceptance_photo",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("acceptance_line_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["acceptance_line_id"],
            ["acceptance_line.id"],
            name=op.f("fk_acceptance_photo_acceptance_line_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_acceptance_photo_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_photo")),
        sa.UniqueConstraint("key", name=op.f("uq_acceptance_photo_key")),
    )
    op.create_index(
        op.f("ix_acceptance_photo_acceptance_line_id"),
        "acceptance_photo",
        ["acceptance_line_id"],
        unique=False,
    )
    op.create_foreign_key(
        op.f("fk_delivery_line_acceptance_id"), "delivery_line", "acceptance_line", ["acceptance_id"], ["id"]
    )
    op.execute((SQL / "0009_freeze.sql").read_text())


def downgrade() -> None:
    op.drop_constraint(op.f("fk_delivery_line_acceptance_id"), "delivery_line", type_="foreignkey")
    op.drop_table("acceptance_photo")
    op.drop_table("acceptance_line")
    op.drop_table("shortfall")
    op.drop_table("delivery_line")
    op.drop_table("delivery_note")
    op.drop_table("delivery_counter")
    op.execute("DROP FUNCTION foodorder_delivery_note_guard")
    op.execute("DROP FUNCTION foodorder_delivery_line_guard")
