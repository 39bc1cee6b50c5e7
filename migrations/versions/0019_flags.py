"""Flags: reasons to look, with their evidence and what people said of them.

Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# Of a flag only what became of it changes, and while nobody decided about it what was found last; a note stays
# as it was written.
FREEZE = """
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON flag_note
    FOR EACH ROW EXECUTE FUNCTION foodorder_refuse();
CREATE TRIGGER frozen_whole BEFORE TRUNCATE ON flag_note
    FOR EACH STATEMENT EXECUTE FUNCTION foodorder_refuse();
GRANT SELECT, INSERT ON flag_note TO foodorder_app;
GRANT SELECT, INSERT, UPDATE ON flag, flag_run TO foodorder_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO foodorder_app;
"""


def upgrade() -> None:
    op.create_table(
        "flag_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.CheckConstraint("first <= last", name=op.f("ck_flag_run_period")),
        sa.CheckConstraint("found >= new AND new >= 0", name=op.f("ck_flag_run_counts")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_flag_run_asked_by_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_flag_run_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_run")),
    )
    op.create_index("ix_flag_run_municipality", "flag_run", ["municipality_id", "id"], unique=False)
    op.create_index(
        "ix_flag_run_asked",
        "flag_run",
        ["asked_at"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "flag",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("producer_id", sa.Integer(), nullable=True),
        sa.Column("food_group_id", sa.Integer(), nullable=True),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_run_id", sa.BigInteger(), nullable=False),
        sa.Column("last_run_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'explained', 'confirmed', 'dismissed')", name=op.f("ck_flag_state")
        ),
        sa.CheckConstraint("severity BETWEEN 1 AND 3", name=op.f("ck_flag_severity")),
        sa.CheckConstraint("first <= last", name=op.f("ck_flag_period")),
        sa.CheckConstraint("answered_at IS NULL OR asked_at IS NOT NULL", name=op.f("ck_flag_answered")),
        sa.ForeignKeyConstraint(["first_run_id"], ["flag_run.id"], name=op.f("fk_flag_first_run_id")),
        sa.ForeignKeyConstraint(["food_group_id"], ["food_group.id"], name=op.f("fk_flag_food_group_id")),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"], name=op.f("fk_flag_institution_id")),
        sa.ForeignKeyConstraint(["last_run_id"], ["flag_run.id"], name=op.f("fk_flag_last_run_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_flag_municipality_id")
        ),
        sa.ForeignKeyConstraint(["producer_id"], ["producer.id"], name=op.f("fk_flag_producer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
        sa.UniqueConstraint("municipality_id", "rule", "key", name=op.f("uq_flag_municipality_id_rule_key")),
    )
    op.create_index("ix_flag_listed", "flag", ["municipality_id", "severity", "last", "id"], unique=False)
    op.create_index(
        "ix_flag_waiting",
        "flag",
        ["municipality_id"],
        unique=False,
        postgresql_where=sa.text("asked_at IS NOT NULL AND answered_at IS NULL"),
    )
    op.create_table(
        "flag_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("flag_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state_from", sa.Text(), nullable=False),
        sa.Column("state_to", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "action IN ('note', 'ask', 'answer', 'explain', 'confirm', 'dismiss', 'reopen')",
            name=op.f("ck_flag_note_action"),
        ),
        sa.CheckConstraint(
            "state_from IN ('open', 'explained', 'confirmed', 'dismissed')",
            name=op.f("ck_flag_note_state_from"),
        ),
        sa.CheckConstraint(
            "state_to IN ('open', 'explained', 'confirmed', 'dismissed')",
            name=op.f("ck_flag_note_state_to"),
        ),
        sa.CheckConstraint("words <> ''", name=op.f("ck_flag_note_words")),
        sa.ForeignKeyConstraint(["flag_id"], ["flag.id"], name=op.f("fk_flag_note_flag_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_flag_note_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag_note")),
    )
    op.create_index(op.f("ix_flag_note_flag_id"), "flag_note", ["flag_id"], unique=False)
    op.execute(FREEZE)


def downgrade() -> None:
    op.drop_table("flag_note")
    op.drop_table("flag")
    op.drop_table("flag_run")
