"""What is not as it should be, so that the rules of red flags find something, and what people say of it.

A certificate ends too early, a farm asks for payment to another account, a kitchen accepts unseen: each done
by the services as somebody would do it. The rest of what the rules find lies in the market itself.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from foodorder.accounts.models import Certificate, RoleGrant
from foodorder.accounts.personal import Detail, set_detail
from foodorder.accounts.producers import CertificateData, edit_certificate
from foodorder.audit.flags.models import Flag
from foodorder.audit.flags.service import run_rules, write
from foodorder.db import db
from foodorder.rules.checkdigits import with_iban_check_digits
from foodorder.rules.permissions import Role
from foodorder.rules.red_flags.states import FlagAction
from foodorder.trail.actor import SCHEDULER, Actor, Source
from seeds.demo.load import Book

#: Who accepts whose goods before they can have come: institution and producer.
UNSEEN = ("OSSJ", "F14")
#: Who asks for payment to another account, from the first Thursday on that is paid.
NEW_ACCOUNT, AFTER = "F08", timedelta(days=3)
ACCOUNT = with_iban_check_digits("SI", "990000008080800")
#: Whose certificate ended, and so many days before the newest delivery week.
CUT_SHORT, EARLIER = "F12", timedelta(days=3)

#: What an auditor made of flags: rule, action, words; one flag after the other.
SAID: tuple[tuple[str, FlagAction, str], ...] = (
    (
        "concentration",
        FlagAction.DISMISS,
        "V regiji je ena sama ribogojnica. Povabili smo še dve iz Bohinja.",
    ),
    ("quantity", FlagAction.EXPLAIN, "Del blaga je bil gnil; reklamacija je rešena."),
    ("capacity", FlagAction.DISMISS, "Kmetija ima od jeseni novo njivo zelene; ogled 12. novembra."),
    ("quantity", FlagAction.ASK, "Kaj se je zgodilo s to dobavo? Ali je bilo blago nadomeščeno?"),
    ("interest_declared", FlagAction.EXPLAIN, "Svetnik se je iz odločanja izločil, zapisnik je priložen."),
)


def unseen(institution: str, producer: int, book: Book) -> bool:
    """Whether a kitchen accepts a producer's goods as soon as they leave."""
    return institution == UNSEEN[0] and book.producers.get(UNSEEN[1]) == producer


def change_account(book: Book, day: date, delivers_from: date, now: datetime) -> None:
    """A farm tells its new account, once, in the first week that is paid."""
    number = book.producers.get(NEW_ACCOUNT)
    if number is not None and delivers_from + AFTER == day:
        set_detail(Detail.IBAN, ACCOUNT, producer_id=number, actor=book.sellers[NEW_ACCOUNT], now=now)


def cut_short(book: Book, municipality: str, week: date, now: datetime) -> None:
    """The control body took a certificate away; the coordinator enters its last day."""
    last = week - EARLIER
    for certificate in db.session.scalars(
        select(Certificate).where(
            Certificate.producer_id == book.producers.get(CUT_SHORT),
            Certificate.valid_from <= last,
            Certificate.valid_to > last,
        )
    ).all():
        data = CertificateData(
            scheme=certificate.scheme,
            number=certificate.number,
            body=certificate.body,
            valid_from=certificate.valid_from,
            valid_to=certificate.valid_to,
            farm_id=certificate.farm_id,
        )
        actor = book.coordinators[municipality]
        edit_certificate(certificate, replace(data, valid_to=last), actor=actor, now=now)


def look(book: Book, municipality: str, week: date, now: datetime) -> None:
    """The first time the rules look, and an auditor says something of what they find; later a job looks."""
    number = book.municipalities[municipality]
    if db.session.scalar(select(func.count()).where(Flag.municipality_id == number)):
        return
    run_rules(number, week - timedelta(weeks=4), week, actor=SCHEDULER, now=now)
    person = db.session.scalar(
        select(RoleGrant.person_id)
        .where(RoleGrant.role == Role.AUDITOR, RoleGrant.municipality_id == number)
        .order_by(RoleGrant.id)
        .limit(1)
    )
    if person is not None:
        _say(number, Actor(Source.PERSON, person, Role.AUDITOR.value), now)


def _say(municipality: int, auditor: Actor, now: datetime) -> None:
    left: dict[str, Sequence[Flag]] = {}
    for rule, action, words in SAID:
        if rule not in left:
            left[rule] = db.session.scalars(
                select(Flag).where(Flag.municipality_id == municipality, Flag.rule == rule).order_by(Flag.id)
            ).all()
        if left[rule]:
            first, *left[rule] = left[rule]
            write(first, action, words, actor=auditor, now=now)
