"""What a kitchen says beside quantities, why it chose an offer, and who approved the order."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from foodorder.db import Model, one_of
from foodorder.ordering.models.orders import OrderSubmission
from foodorder.rules.agreements import Funding, Substitution


class OrderOption(Model):
    """Of an order's draft: which money pays an offer, and what may come instead. No row: the usual."""

    __tablename__ = "order_option"
    __table_args__ = (one_of("funding", Funding), one_of("substitution", Substitution))

    order_id: Mapped[int] = mapped_column(ForeignKey("weekly_order.id"), primary_key=True)
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    funding: Mapped[str] = mapped_column(Text, default=Funding.REGULAR)
    substitution: Mapped[str] = mapped_column(Text, default=Substitution.ASK)


class OrderReason(Model):
    """Of an order's draft: why another offer of a food type than the first by the criteria is chosen."""

    __tablename__ = "order_reason"

    order_id: Mapped[int] = mapped_column(ForeignKey("weekly_order.id"), primary_key=True)
    food_type_id: Mapped[int] = mapped_column(ForeignKey("food_type.id"), primary_key=True)
    #: Code of rules/scoring.py, and the kitchen's own words.
    code: Mapped[str] = mapped_column(Text)
    words: Mapped[str | None] = mapped_column(Text)


class OfferChoice(Model):
    """Of a submission: another than the first offer was chosen; the scores with their inputs, and why."""

    __tablename__ = "offer_choice"

    submission_id: Mapped[int] = mapped_column(ForeignKey("order_submission.id"), primary_key=True)
    food_type_id: Mapped[int] = mapped_column(ForeignKey("food_type.id"), primary_key=True)
    first_offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    chosen_offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"))
    code: Mapped[str] = mapped_column(Text)
    words: Mapped[str | None] = mapped_column(Text)
    scores: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class ApprovalState(StrEnum):
    """`waiting` for the second person; `overtaken` by a newer submission or a withdrawal."""

    WAITING = "waiting"
    APPROVED = "approved"
    SENT_BACK = "sent_back"
    OVERTAKEN = "overtaken"


class OrderApproval(Model):
    """A submission that a second person must approve (odobritev), and their answer."""

    __tablename__ = "order_approval"
    __table_args__ = (
        one_of("state", ApprovalState),
        Index("ix_order_approval_waiting", "order_id", postgresql_where=text("state = 'waiting'")),
    )

    submission_id: Mapped[int] = mapped_column(ForeignKey("order_submission.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text, default=ApprovalState.WAITING)
    #: Why it must be approved: codes of rules/approval.py with their facts.
    why: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str | None] = mapped_column(Text)

    submission: Mapped[OrderSubmission] = relationship()
