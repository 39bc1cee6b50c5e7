"""Documents of agreements, countries of farms, who sells, promised freshness, kinds of purchases by their days.

Revision: 0008, after 0007.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

#: Kinds of producers: with those who process and resell, and as they were before this revision.
SELLERS = "kind IN ('farm', 'cooperative', 'processor', 'reseller')"
GROWERS = "kind IN ('farm', 'cooperative')"


def upgrade() -> None:
    op.create_table(
        "agreement_document",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["person.id"], name=op.f("fk_agreement_document_added_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_document_agreement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_document")),
    )
    op.create_index(op.f("ix_agreement_document_agreement_id"), "agreement_document", ["agreement_id"])
    op.create_table(
        "subject_kind_past",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=False),
        sa.Column("food_type_id", sa.Integer(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["food_type_id"], ["food_type.id"], name=op.f("fk_subject_kind_past_food_type_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipality.id"], name=op.f("fk_subject_kind_past_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_kind_past")),
    )
    op.create_index(
        "uq_subject_kind_past_now",
        "subject_kind_past",
        ["municipality_id", "food_type_id"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    # Nobody wrote down since when: what holds today has held as long as anybody can know.
    op.execute("""
        INSERT INTO subject_kind_past (municipality_id, food_type_id, kind_id, name, since)
        SELECT f.municipality_id, f.food_type_id, k.id, k.name, timestamptz '2000-01-01 00:00+00'
          FROM subject_kind_food f JOIN subject_kind k ON k.id = f.kind_id""")
    op.add_column("farm", sa.Column("country", sa.Text(), server_default="SI", nullable=False))
    op.create_check_constraint(op.f("ck_farm_country"), "farm", "country ~ '^[A-Z]{2}$'")
    op.drop_constraint(op.f("ck_producer_kind"), "producer", type_="check")
    op.create_check_constraint(op.f("ck_producer_kind"), "producer", SELLERS)
    op.add_column("offer_version", sa.Column("harvest_hours", sa.SmallInteger(), nullable=True))
    # What was promised so far was read from the product; a version is never changed but here.
    op.execute("ALTER TABLE offer_version DISABLE TRIGGER USER")
    op.execute("""
        UPDATE offer_version v SET harvest_hours = p.harvest_hours
          FROM offer o JOIN product p ON p.id = o.product_id
         WHERE o.id = v.offer_id AND p.harvest_hours IS NOT NULL""")
    op.execute("ALTER TABLE offer_version ENABLE TRIGGER USER")
    op.execute(_sql("0008_freeze"))


def downgrade() -> None:
    op.execute(_sql("0008_down"))
    op.drop_column("offer_version", "harvest_hours")
    # Whoever only sells on has no word in the tables as they were; a cooperative comes nearest.
    op.drop_constraint(op.f("ck_producer_kind"), "producer", type_="check")
    op.execute("UPDATE producer SET kind = 'cooperative' WHERE kind IN ('processor', 'reseller')")
    op.create_check_constraint(op.f("ck_producer_kind"), "producer", GROWERS)
    op.drop_constraint(op.f("ck_farm_country"), "farm", type_="check")
    op.drop_column("farm", "country")
    op.drop_table("subject_kind_past")
    op.drop_table("agreement_document")


def _sql(name: str) -> str:
    return Path(__file__).with_name("sql").joinpath(f"{name}.sql").read_text("utf-8")
