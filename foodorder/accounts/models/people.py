"""People, their roles, how they prove who they are, and their erasable personal values."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.accounts.models.organisations import Institution, Municipality
from foodorder.accounts.models.producers import Producer
from foodorder.db import Model, one_of
from foodorder.rules.permissions import Role


class TokenPurpose(StrEnum):
    """What a mailed link may do, once."""

    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105 - the purpose, not a password


class Person(Model):
    """Somebody who logs in. Without a password until the mailed link is used."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    #: Stored in lower case.
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text, default="sl")
    password_hash: Mapped[str | None] = mapped_column(Text)
    password_set_at: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    grants: Mapped[list["RoleGrant"]] = relationship(
        back_populates="person", order_by="RoleGrant.id", foreign_keys="RoleGrant.person_id"
    )


class RoleGrant(Model):
    """One role of one person in one organisation; administrators have the whole installation."""

    __tablename__ = "role_grant"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint(
            "CASE role WHEN 'producer' THEN producer_id IS NOT NULL"
            " AND num_nonnulls(institution_id, municipality_id) = 0"
            " WHEN 'administrator' THEN num_nonnulls(producer_id, institution_id, municipality_id) = 0"
            " WHEN 'coordinator' THEN municipality_id IS NOT NULL"
            " AND num_nonnulls(producer_id, institution_id) = 0"
            " WHEN 'auditor' THEN municipality_id IS NOT NULL"
            " AND num_nonnulls(producer_id, institution_id) = 0"
            " ELSE institution_id IS NOT NULL AND num_nonnulls(producer_id, municipality_id) = 0 END",
            name="scope",
        ),
        Index(
            "uq_role_grant_live",
            "person_id",
            "role",
            text("coalesce(institution_id, producer_id, municipality_id, 0)"),
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(Text)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    producer_id: Mapped[int | None] = mapped_column(ForeignKey("producer.id"), index=True)
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: End of an access limited in time (outside auditors); NULL: until revoked.
    valid_until: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(back_populates="grants", foreign_keys=[person_id])
    institution: Mapped[Institution | None] = relationship()
    producer: Mapped[Producer | None] = relationship()
    municipality: Mapped[Municipality | None] = relationship()

    @property
    def last_moment(self) -> datetime | None:
        """The last moment of an access limited in time: on its last day, not at the midnight after it."""
        return self.valid_until - timedelta(seconds=1) if self.valid_until else None


class OneTimeToken(Model):
    """A mailed link; only the SHA-256 of its secret is stored."""

    __tablename__ = "one_time_token"
    __table_args__ = (one_of("purpose", TokenPurpose),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginSession(Model):
    """A browser that is logged in; revoking the row logs it out. Only the secret's SHA-256 is stored."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    #: The role the person works in at the moment.
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("role_grant.id"))
    #: A coordinator acts for this producer until they stop.
    on_behalf_of_producer_id: Mapped[int | None] = mapped_column(ForeignKey("producer.id"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user_agent: Mapped[str | None] = mapped_column(Text)

    person: Mapped[Person] = relationship()
    grant: Mapped[RoleGrant | None] = relationship()


class LoginAttempt(Model):
    """Attempts per key (address or account, hashed) and window: any number of web processes share them."""

    __tablename__ = "login_attempt"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    attempts: Mapped[int] = mapped_column(default=0)


class PersonalDetail(Model):
    """Telephone, IBAN or home address. The trail holds only a keyed hash, so erasing keeps it valid."""

    __tablename__ = "personal_detail"
    __table_args__ = (
        CheckConstraint("num_nonnulls(person_id, producer_id) = 1", name="owner"),
        CheckConstraint("kind IN ('phone', 'iban', 'address', 'contact_name')", name="kind"),
        Index("uq_personal_detail_person", "person_id", "kind", unique=True),
        Index("uq_personal_detail_producer", "producer_id", "kind", unique=True),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    producer_id: Mapped[int | None] = mapped_column(ForeignKey("producer.id"))
    kind: Mapped[str] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    #: Key of the hash that the trail holds; erased with the value, after which nobody can guess it.
    key: Mapped[bytes | None] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
