"""What an auditor does: the trail by organisation, marks of what was seen, who read offers, samples drawn.

Revision: 0020, after 0019.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SQL = Path(__file__).with_name("sql")
TIME = sa.DateTime(timezone=True)

#: The trail is read newest first, by who, what and to which kind of thing.
INDEXES = {
    "ix_trail_event_municipality": ["municipality_id", "at", "id"],
    "ix_trail_event_person": ["municipality_id", "actor_id", "at", "id"],
    "ix_trail_event_action": ["municipality_id", "action", "at", "id"],
    "ix_trail_event_thing": ["municipality_id", "object_type", "at", "id"],
}
BEFORE = {
    "ix_trail_event_municipality": ["municipality_id", "id"],
    "ix_trail_event_actor": ["actor_id", "id"],
}
METHODS = "'random', 'money'"
VERDICTS = "'good', 'remark'"


def upgrade() -> None:
    for name in BEFORE:
        op.drop_index(name, table_name="trail_event")
    for name, columns in INDEXES.items():
        op.create_index(name, "trail_event", columns, unique=False)
    _trail()
    _readings()
    _samples()
    op.add_column("trail_check", sa.Column("blocks_done", sa.Integer(), nullable=True))
    op.add_column("trail_check", sa.Column("blocks_all", sa.Integer(), nullable=True))
    op.execute((SQL / "0020_freeze.sql").read_text())
    op.execute((SQL / "0020_concern.sql").read_text())


def _trail() -> None:
    op.create_table(
        "trail_concern",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('institution', 'producer')", name=op.f("ck_trail_concern_kind")),
        sa.ForeignKeyConstraint(["event_id"], ["trail_event.id"], name=op.f("fk_trail_concern_event_id")),
        sa.PrimaryKeyConstraint("kind", "organisation_id", "at", "event_id", name=op.f("pk_trail_concern")),
    )
    op.create_table(
        "trail_seen",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_trail_seen_person_id")),
        sa.ForeignKeyConstraint(["event_id"], ["trail_event.id"], name=op.f("fk_trail_seen_event_id")),
        sa.PrimaryKeyConstraint("person_id", "event_id", name=op.f("pk_trail_seen")),
    )
    op.create_table(
        "trail_seen_until",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("marked_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_trail_seen_until_person_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_trail_seen_until_municipality_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "municipality_id", name=op.f("pk_trail_seen_until")),
    )


def _readings() -> None:
    op.create_table(
        "offer_reading",
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("first_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_offer_reading_cycle_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_offer_reading_person_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_offer_reading_institution_id")
        ),
        sa.PrimaryKeyConstraint("cycle_id", "person_id", "role", "day", name=op.f("pk_offer_reading")),
    )


def _samples() -> None:
    op.create_table(
        "sample",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("seed_given", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("selection", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("population_cents", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("drawn_at", TIME, nullable=False),
        sa.Column("drawn_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"method IN ({METHODS})", name=op.f("ck_sample_method")),
        sa.CheckConstraint("size > 0 AND first <= last", name=op.f("ck_sample_size")),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_sample_municipality_id")
        ),
        sa.ForeignKeyConstraint(["drawn_by_id"], ["person.id"], name=op.f("fk_sample_drawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
    )
    op.create_index("ix_sample_municipality_id", "sample", ["municipality_id"], unique=False)
    op.create_table(
        "sample_line",
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("record_line_id", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name=op.f("fk_sample_line_sample_id")),
        sa.ForeignKeyConstraint(
            ["record_line_id"], ["record_line.id"], name=op.f("fk_sample_line_record_line_id")
        ),
        sa.PrimaryKeyConstraint("sample_id", "position", name=op.f("pk_sample_line")),
        sa.UniqueConstraint(
            "sample_id", "record_line_id", name=op.f("uq_sample_line_sample_id_record_line_id")
        ),
    )
    op.create_table(
        "sample_check",
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("checked_at", TIME, nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"verdict IN ({VERDICTS})", name=op.f("ck_sample_check_verdict")),
        sa.CheckConstraint(
            "verdict = 'good' OR coalesce(remark, '') <> ''", name=op.f("ck_sample_check_remark")
        ),
        sa.ForeignKeyConstraint(
            ["sample_id", "position"],
            ["sample_line.sample_id", "sample_line.position"],
            name=op.f("fk_sample_check_sample_id_position"),
        ),
        sa.ForeignKeyConstraint(["checked_by_id"], ["person.id"], name=op.f("fk_sample_check_checked_by_id")),
        sa.PrimaryKeyConstraint("sample_id", "position", name=op.f("pk_sample_check")),
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION foodorder_concern(bigint[])")
    op.drop_column("trail_check", "blocks_all")
    op.drop_column("trail_check", "blocks_done")
    for table in (
        "sample_check", "sample_line", "sample", "offer_reading", "trail_seen_until", "trail_seen",
        "trail_concern",
    ):  # fmt: skip
        op.drop_table(table)
    for name in INDEXES:
        op.drop_index(name, table_name="trail_event")
    for name, columns in BEFORE.items():
        op.create_index(name, "trail_event", columns, unique=False)
