"""Immutable OCDS releases of every cycle event.

Revision: 0021, after 0020.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

SQL = Path(__file__).with_name("sql")

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release_due",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "what IN ('cycle', 'record', 'note', 'acceptance', 'invoice', 'payment', 'agreement')",
            name=op.f("ck_release_due_what"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_due")),
    )
    op.create_table(
        "ocds_process",
        sa.Column("ocid", sa.Text(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("agreement_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(agreement_id, cycle_id) = 1 AND (cycle_id IS NULL) = (institution_id IS NULL)",
            name=op.f("ck_ocds_process_whose"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_ocds_process_municipality_id")
        ),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_ocds_process_cycle_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_ocds_process_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_ocds_process_agreement_id")
        ),
        sa.PrimaryKeyConstraint("ocid", name=op.f("pk_ocds_process")),
        sa.UniqueConstraint(
            "cycle_id", "institution_id", name=op.f("uq_ocds_process_cycle_id_institution_id")
        ),
        sa.UniqueConstraint("agreement_id", name=op.f("uq_ocds_process_agreement_id")),
        sa.UniqueConstraint("ocid", "municipality_id", name=op.f("uq_ocds_process_ocid_municipality_id")),
    )
    op.create_index("ix_ocds_process_municipality", "ocds_process", ["municipality_id", "ocid"])
    op.create_table(
        "ocds_release",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ocid", sa.Text(), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("release_id", sa.Text(), nullable=False),
        sa.Column("date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("cardinality(tags) > 0", name=op.f("ck_ocds_release_tags")),
        sa.ForeignKeyConstraint(
            ["ocid", "municipality_id"],
            ["ocds_process.ocid", "ocds_process.municipality_id"],
            name="fk_ocds_release_process",
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_ocds_release")),
        sa.UniqueConstraint("ocid", "event", name=op.f("uq_ocds_release_ocid_event")),
        sa.UniqueConstraint("release_id", name=op.f("uq_ocds_release_release_id")),
    )
    op.create_index("ix_ocds_release_date", "ocds_release", ["municipality_id", "date", "sequence"])
    op.create_index("ix_ocds_release_process", "ocds_release", ["ocid", "date", "sequence"])
    op.execute((SQL / "0021_releases.sql").read_text())


def downgrade() -> None:
    op.execute((SQL / "0021_down.sql").read_text())
    op.drop_table("ocds_release")
    op.drop_table("ocds_process")
    op.drop_table("release_due")
