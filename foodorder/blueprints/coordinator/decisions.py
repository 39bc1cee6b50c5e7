"""What needs a decision today: each one sentence with its buttons, the most urgent first."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from flask import current_app, url_for

from foodorder.accounts.interests import withdrawn_from
from foodorder.accounts.models import Admission, Municipality
from foodorder.accounts.queries import applications, ending_certificates
from foodorder.agreements.application_queries import applications_of_municipality, counted
from foodorder.blueprints.coordinator import reading
from foodorder.blueprints.coordinator.counter import local_day
from foodorder.blueprints.coordinator.cycle_words import week_words
from foodorder.blueprints.coordinator.decision import Button, Decision
from foodorder.blueprints.shared.access import present
from foodorder.delivery.claim_queries import ClaimScope, claims_of
from foodorder.language import gettext as _
from foodorder.language import ngettext
from foodorder.language.formats import listed
from foodorder.language.times import day, moment, until
from foodorder.ordering.models import Cycle
from foodorder.ordering.queries import cycles
from foodorder.outbox.models import Message, MessageState
from foodorder.outbox.queries import undelivered
from foodorder.procurement.models import ChangeKind
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.claims import ClaimState
from foodorder.rules.cycle import State
from foodorder.rules.integrity import OwnInterest

#: How long after a deadline the close may take before a person is asked to look.
CLOSE_TAKES = timedelta(minutes=2)
#: Certificates are named so long before and after their last day.
CERTIFICATE_DAYS = timedelta(days=30)
#: Working days before the end of a term from which it is urgent.
URGENT_DAYS = 3
#: Names that fit in a sentence.
NAMED = 3


def decisions(municipality: Municipality, now: datetime, coming: Cycle | None) -> list[Decision]:
    """All that waits for the coordinator of a municipality; `coming`: the cycle to order in."""
    kept_out = withdrawn_from(present().actor, local_day(now))
    found = [
        *_closes(municipality, now),
        *_applications(municipality, kept_out),
        *_lot_applications(municipality, now, kept_out),
        *_changes(municipality),
        *_claims(municipality),
        *_messages(municipality),
        *_certificates(municipality, now),
        *_offers(municipality, coming),
        *_planning(municipality),
    ]
    return sorted(found, key=lambda decision: decision.kind != "bad")


def _closes(municipality: Municipality, now: datetime) -> Iterator[Decision]:
    for cycle in cycles(municipality.id, (State.CLOSED, State.OPEN)):
        week = week_words(cycle)
        buttons = [
            Button(_("Try again"), url_for("coordinator.close", cycle_id=cycle.id), kind="danger"),
            _see(cycle),
        ]
        if cycle.state == State.CLOSED:
            text = ngettext(
                "The close of the week of %(week)s failed. No order is lost and none is accepted any more.",
                "The close of the week of %(week)s failed %(count)s times. "
                "No order is lost and none is accepted any more.",
                cycle.failures, count=cycle.failures, week=week,
            )  # fmt: skip
            yield Decision("bad", text, buttons, week, cycle.failure)
        elif now > cycle.closes_at + CLOSE_TAKES:
            text = _(
                "The deadline of the week of %(week)s passed %(ago)s, and nothing closed it: "
                "the scheduler does not seem to run.",
                week=week, ago=until(cycle.closes_at, now),
            )  # fmt: skip
            buttons[0] = Button(
                _("Close it now"), url_for("coordinator.close", cycle_id=cycle.id), kind="danger"
            )
            yield Decision("bad", text, buttons, week)


def _see(cycle: Cycle) -> Button:
    return Button(
        _("See the cycle"), url_for("coordinator.cycle", cycle_id=cycle.id), post=False, kind="quiet"
    )


def _applications(municipality: Municipality, kept_out: frozenset[int]) -> Iterator[Decision]:
    for admission in applications(municipality.id):
        producer = admission.producer
        text = _(
            "%(producer)s from %(place)s asks to be admitted: %(proof)s.",
            producer=producer.name, place=producer.village, proof=_proof(admission),
        )  # fmt: skip
        buttons = (
            Button(_("Admit"), url_for("coordinator.admit", producer_id=producer.id), kind="primary"),
            Button(_("Refuse …"), url_for("coordinator.refuse", producer_id=producer.id), post=False),
            Button(
                _("See the application"),
                url_for("coordinator.producer", producer_id=producer.id),
                post=False,
                kind="quiet",
            ),
        )
        if producer.id in kept_out:
            yield Decision("info", text, buttons[2:], producer.name, _kept_out(producer.name))
        else:
            yield Decision("info", text, buttons, producer.name)


def _kept_out(name: str) -> str:
    return _(OwnInterest.message, producer=name)


def _lot_applications(
    municipality: Municipality, now: datetime, kept_out: frozenset[int]
) -> Iterator[Decision]:
    waiting = applications_of_municipality(municipality.id, waiting=True)
    left = counted(waiting, now)
    for one in waiting:
        words = {"producer": one.producer.name, "lot": one.lot.number, "agreement": one.lot.agreement.title}
        text = _("%(producer)s applied for lot %(lot)s of “%(agreement)s”.", **words)
        to = url_for("coordinator.application", application_id=one.id)
        see = Button(_("See and decide"), to, post=False, kind="primary")
        days = left[one.id]
        kind = "bad" if days < 0 else "warn" if days <= URGENT_DAYS else "info"
        cause = _kept_out(one.producer.name) if one.producer_id in kept_out else _term(days)
        yield Decision(kind, text, (see,), one.producer.name, cause)


def _term(days: int) -> str:
    """How long there is to decide, or how late it is."""
    if days < 0:
        return ngettext("%(count)s working day late", "%(count)s working days late", -days, count=-days)
    if days == 0:
        return _("the last day")
    return ngettext("%(count)s working day left", "%(count)s working days left", days, count=days)


def _proof(admission: Admission) -> str:
    """What speaks for an application. Numbers were checked when they were typed."""
    certificates = len(admission.producer.certificates)
    words = [
        _("tax number checked"),
        ngettext("%(count)s certificate", "%(count)s certificates", certificates, count=certificates)
        if certificates
        else _("no certificate"),
    ]
    return listed(words)


def _changes(municipality: Municipality) -> Iterator[Decision]:
    for change in reading.unanswered_changes(municipality.id):
        words = {
            "institution": change.institution,
            "producer": change.producer,
            "number": change.number,
            "when": moment(change.asked_at),
            "reason": change.reason,
        }
        if change.record_id is None:
            text = _(
                "%(institution)s asked %(producer)s on %(when)s for an addition after the close "
                "(%(reason)s). There is no answer yet.",
                **words,
            )
        elif change.kind == ChangeKind.REDUCTION:
            text = _(
                "%(institution)s asked %(producer)s on %(when)s to bring less of record %(number)s "
                "(%(reason)s). There is no answer yet.",
                **words,
            )
        else:
            text = _(
                "%(institution)s asked %(producer)s on %(when)s to bring more with record %(number)s "
                "(%(reason)s). There is no answer yet.",
                **words,
            )
        see = url_for("coordinator.record", record_id=change.record_id) if change.record_id else None
        record = (Button(_("See the record"), see, post=False),) if see else ()
        phone = _("Telephone: %(phone)s", phone=change.phone) if change.phone else None
        answer = _act_for(change.producer_id, _("Answer for the farm"), "producer.records")
        yield Decision("warn", text, (*record, answer), change.number or change.institution, phone)


def _act_for(producer_id: int, label: str, endpoint: str) -> Button:
    to = url_for(endpoint) if endpoint in current_app.view_functions else ""
    return Button(label, url_for("coordinator.act_for", producer_id=producer_id), fields={"to": to})


def _claims(municipality: Municipality) -> Iterator[Decision]:
    """Claims about which kitchen and farm do not agree."""
    for claim in claims_of(ClaimScope(municipality_id=municipality.id), open_only=True):
        if claim.state == ClaimState.CONTESTED:
            text = _(
                "%(kitchen)s claims %(name)s of %(producer)s, and they do not agree.",
                kitchen=claim.institution, name=claim.name, producer=claim.producer,
            )  # fmt: skip
            url = url_for("coordinator.claim", claim_id=claim.id)
            yield Decision("warn", text, [Button(_("Decide …"), url, post=False)], claim.name)


def _messages(municipality: Municipality) -> Iterator[Decision]:
    waiting = undelivered(municipality.id)
    failed = [message for message in waiting if message.state == MessageState.FAILED]
    paper = [message for message in waiting if message.state == MessageState.NO_ADDRESS]
    if failed:
        text = ngettext(
            "%(count)s message could not be delivered: to %(names)s.",
            "%(count)s messages could not be delivered: to %(names)s.",
            len(failed), count=len(failed), names=_names(failed),
        )  # fmt: skip
        buttons = (
            Button(_("Try again"), url_for("coordinator.retry_messages")),
            Button(_("See them"), url_for("coordinator.messages", state="failed"), post=False, kind="quiet"),
        )
        yield Decision("bad", text, buttons, _("messages"), failed[-1].last_error)
    if paper:
        text = ngettext(
            "%(count)s message is for somebody without e-mail and waits to be printed: for %(names)s.",
            "%(count)s messages are for people without e-mail and wait to be printed: for %(names)s.",
            len(paper), count=len(paper), names=_names(paper),
        )  # fmt: skip
        buttons = (
            Button(_("Print"), url_for("coordinator.print_messages"), post=False),
            Button(
                _("See them"), url_for("coordinator.messages", state="no_address"), post=False, kind="quiet"
            ),
        )
        yield Decision("warn", text, buttons, _("messages"))


def _names(messages: Sequence[Message]) -> str:
    names = list(dict.fromkeys(message.recipient_name for message in messages))
    if len(names) > NAMED:
        more = len(names) - NAMED + 1
        others = ngettext("%(count)s other", "%(count)s others", more, count=more)
        names = [*names[: NAMED - 1], others]
    return listed(names)


def _certificates(municipality: Municipality, now: datetime) -> Iterator[Decision]:
    today = local_day(now)
    for certificate in ending_certificates(
        municipality.id, today - CERTIFICATE_DAYS, today + CERTIFICATE_DAYS
    ):
        words = {
            "scheme": _(SCHEMES[certificate.scheme].label),
            "producer": certificate.producer.name,
            "day": day(certificate.valid_to),
        }
        if certificate.valid_to < today:
            text = _(
                "“%(scheme)s” of %(producer)s ended on %(day)s: the mark does not count any more.", **words
            )
        else:
            text = _(
                "“%(scheme)s” of %(producer)s ends on %(day)s; after that the mark does not count.", **words
            )
        enter = _act_for(certificate.producer_id, _("Enter the new one"), "producer.profile")
        see = Button(
            _("See the producer"),
            url_for("coordinator.producer", producer_id=certificate.producer_id),
            post=False,
            kind="quiet",
        )
        yield Decision("warn", text, (enter, see), certificate.producer.name)


def _offers(municipality: Municipality, cycle: Cycle | None) -> Iterator[Decision]:
    if cycle is None:
        return
    week = week_words(cycle)
    for producer in reading.missing_offers(municipality.id, cycle.week):
        text = ngettext(
            "%(producer)s had %(count)s offer the week before and has none for the week of %(week)s yet.",
            "%(producer)s had %(count)s offers the week before and has none for the week of %(week)s yet.",
            producer.offers, count=producer.offers, producer=producer.name, week=week,
        )  # fmt: skip
        see = Button(
            _("See the producer"),
            url_for("coordinator.producer", producer_id=producer.id),
            post=False,
            kind="quiet",
        )
        enter = _act_for(producer.id, _("Enter offers for the farm"), "producer.week")
        yield Decision("info", text, (enter, see), producer.name)


def _planning(municipality: Municipality) -> Iterator[Decision]:
    if not cycles(municipality.id, (State.PLANNED,), limit=1):
        plan = Button(_("Plan a schedule"), url_for("coordinator.schedule"), post=False)
        yield Decision("warn", _("No cycle is planned ahead: nobody can order later."), (plan,), _("cycles"))
