"""Handing messages to a mail server that is down, slow, refuses, or answers as it should."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import delete, func, select, update

from foodorder.config import Mail
from foodorder.db import db, transaction
from foodorder.outbox import deliver, post
from foodorder.outbox.models import Message, MessageState
from foodorder.outbox.service import Recipient, queue

BASE = "https://narocila.example.org"
NOWHERE = Mail("127.0.0.1", 1, "", "", "none", "narocila@example.org")


@dataclass
class Office:
    """A mail server on this machine that answers as a test wants, and keeps what it accepted."""

    at_recipient: dict[str, str] = field(default_factory=dict)
    at_data: Callable[[], str] = lambda: "250 2.0.0 Ok: queued as 4F2A"
    accepted: list[EmailMessage] = field(default_factory=list)
    connections: int = 0

    async def handle_EHLO(self, _: Any, session: Any, envelope: Any, name: str, lines: Any) -> Any:  # noqa: N802
        """Count connections."""
        self.connections += 1
        session.host_name = name
        return lines

    async def handle_RCPT(self, _: Any, session: Any, envelope: Any, to: str, options: Any) -> str:  # noqa: N802
        """Accept, unless the test said otherwise for this address."""
        refusal = self.at_recipient.get(to)
        if refusal is None:
            envelope.rcpt_tos.append(to)
        return refusal or "250 OK"

    async def handle_DATA(self, _: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep what is accepted."""
        answer = self.at_data()
        if answer.startswith("250"):
            mail = message_from_bytes(envelope.original_content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.accepted.append(mail)
        return answer


class AnyPort(Controller):
    """A server on a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def office() -> Iterator[tuple[Office, Mail]]:
    """The server and the settings that reach it."""
    desk = Office()
    controller = AnyPort(desk, hostname="127.0.0.1", port=0)
    controller.start()
    yield desk, Mail("127.0.0.1", controller.port, "", "", "none", "Naročila <narocila@example.org>")
    controller.stop()


def no_attachment(description: Any, language: str, base_url: str) -> tuple[str, str, bytes]:
    return "seznam č.pdf", "application/pdf", b"%PDF-1.7"


def write(*names: str, template: str = "password_reset", **more: Any) -> list[int]:
    """Queue one message for each name; they are due in this order."""
    for name in names:
        person = Recipient(name, f"{name}@example.org", "sl")
        queue(template, [person], key=f"for {name}", data={"name": name, "path": "/password/x"}, **more)
    db.session.flush()
    ids = [
        db.session.scalars(select(Message.id).where(Message.dedupe_key.like(f"for {name}|%"))).one()
        for name in names
    ]
    for place, message_id in enumerate(ids):
        due = func.clock_timestamp() - timedelta(minutes=len(ids) - place)
        db.session.execute(update(Message).where(Message.id == message_id).values(next_attempt_at=due))
    db.session.commit()
    return ids


def states(ids: list[int]) -> list[str]:
    db.session.expire_all()
    return [db.session.get_one(Message, message_id).state for message_id in ids]


def run(mail: Mail, attach: deliver.Attach = no_attachment) -> tuple[int, int]:
    return deliver.deliver_due(mail, BASE, attach)


def make_due(message_id: int) -> None:
    db.session.execute(
        update(Message).where(Message.id == message_id).values(next_attempt_at=func.clock_timestamp())
    )
    db.session.commit()


def test_sent_means_that_the_server_accepted_it_and_its_answer_is_kept(app: Flask, office: Any) -> None:
    desk, mail = office
    (one,) = write("Žiga")
    db.session.execute(update(Message).where(Message.id == one).values(recipient_email="ziga@example.org"))
    db.session.commit()
    assert run(mail) == (1, 0)
    message = db.session.get_one(Message, one)
    assert (message.state, message.attempts, message.last_error) == (MessageState.SENT, 1, None)
    assert message.server_answer == "250 2.0.0 Ok: queued as 4F2A"
    assert message.sent_at is not None
    (received,) = desk.accepted
    assert received["To"] == "Žiga <ziga@example.org>"
    assert received["From"] == "Naročila <narocila@example.org>"
    assert received["Auto-Submitted"] == "auto-generated"
    assert f"{BASE}/password/x" in received.get_content()
    assert run(mail) == (0, 0)


def test_without_a_mail_server_nothing_is_tried(app: Flask) -> None:
    (one,) = write("ana")
    assert run(Mail("", 25, "", "", "none", "narocila@example.org")) == (0, 0)
    message = db.session.get_one(Message, one)
    assert (message.state, message.attempts) == (MessageState.QUEUED, 0)


def test_a_server_that_is_down_costs_no_attempt_and_is_asked_once_a_run(app: Flask) -> None:
    ids = write("ana", "bor", "cene")
    for _ in range(20):
        make_due(ids[0])
        assert run(NOWHERE) == (0, 1)
    first = db.session.get_one(Message, ids[0])
    assert (first.state, first.attempts) == (MessageState.QUEUED, 0)
    assert "127.0.0.1:1" in (first.last_error or "")
    assert states(ids) == [MessageState.QUEUED] * 3
    assert db.session.get_one(Message, ids[1]).attempts == 0


def test_a_log_in_that_is_not_taken_is_not_the_messages_fault(app: Flask, office: Any) -> None:
    _, mail = office
    (one,) = write("ana")
    assert run(Mail(mail.host, mail.port, "somebody", "wrong", "none", mail.sender)) == (0, 1)
    message = db.session.get_one(Message, one)
    assert (message.state, message.attempts) == (MessageState.QUEUED, 0)
    assert message.last_error


def test_an_unknown_mailbox_has_failed_at_once_and_the_others_are_sent(app: Flask, office: Any) -> None:
    desk, mail = office
    desk.at_recipient["bor@example.org"] = "550 5.1.1 No such mailbox"
    ids = write("ana", "bor", "cene")
    assert run(mail) == (2, 1)
    assert states(ids) == [MessageState.SENT, MessageState.FAILED, MessageState.SENT]
    assert db.session.get_one(Message, ids[1]).last_error == "550 5.1.1 No such mailbox"
    assert [received["To"] for received in desk.accepted] == [
        "ana <ana@example.org>",
        "cene <cene@example.org>",
    ]


def test_not_now_is_tried_again_ever_later_until_every_attempt_is_used_up(app: Flask, office: Any) -> None:
    desk, mail = office
    desk.at_recipient["ana@example.org"] = "451 4.7.1 Greylisted, try later"
    (one,) = write("ana")
    waits = []
    for attempt in range(1, len(deliver.BACKOFF) + 2):
        assert run(mail) == (0, 1)
        db.session.expire_all()
        message = db.session.get_one(Message, one)
        now = db.session.execute(select(func.clock_timestamp())).scalar_one()
        waits.append(round((message.next_attempt_at - now) / timedelta(minutes=1)))
        assert message.attempts == attempt
        assert message.last_error == "451 4.7.1 Greylisted, try later"
        assert run(mail) == (0, 0), "nothing is due before its time"
        make_due(one)
    assert waits[:-1] == [wait // timedelta(minutes=1) for wait in deliver.BACKOFF]
    assert states([one]) == [MessageState.FAILED]
    assert run(mail) == (0, 0)


def test_greylisting_that_ends_is_a_message_sent_once(app: Flask, office: Any) -> None:
    desk, mail = office
    answers = iter(["450 4.2.0 Mailbox busy", "250 2.0.0 Ok"])
    desk.at_data = lambda: next(answers)
    (one,) = write("ana")
    assert run(mail) == (0, 1)
    assert states([one]) == [MessageState.QUEUED]
    make_due(one)
    assert run(mail) == (1, 0)
    assert len(desk.accepted) == 1
    assert db.session.get_one(Message, one).last_error is None


def test_content_that_is_refused_for_good_is_not_sent_again(app: Flask, office: Any) -> None:
    desk, mail = office
    desk.at_data = lambda: "554 5.7.1 Message looks like spam"
    (one,) = write("ana")
    assert run(mail) == (0, 1)
    assert states([one]) == [MessageState.FAILED]
    assert desk.accepted == []


def test_a_server_that_is_too_slow_ends_the_run_and_the_message_is_tried_again(
    app: Flask, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, mail = office
    monkeypatch.setattr(post, "TIMEOUT_SECONDS", 0.3)

    def slow() -> str:
        time.sleep(1)
        return "250 2.0.0 Ok"

    desk.at_data = slow
    ids = write("ana", "bor")
    began = time.monotonic()
    assert run(mail) == (0, 1)
    assert time.monotonic() - began < 3
    first = db.session.get_one(Message, ids[0])
    assert (first.state, first.attempts, first.sent_at) == (MessageState.QUEUED, 1, None)
    assert "timed out" in (first.last_error or "")
    assert db.session.get_one(Message, ids[1]).attempts == 0


def test_many_messages_go_over_one_connection(app: Flask, office: Any) -> None:
    desk, mail = office
    ids = write("ana", "bor", "cene", "dora")
    assert run(mail) == (4, 0)
    assert desk.connections == 1
    assert states(ids) == [MessageState.SENT] * 4


def test_a_message_that_cannot_be_rendered_is_shown_with_its_cause_and_stops_nobody(
    app: Flask, office: Any
) -> None:
    _, mail = office
    queue("password_reset", [Recipient("Ana", "ana@example.org", "sl")], key="broken", data={})
    db.session.commit()
    ids = write("bor")
    broken = db.session.scalars(select(Message).where(Message.dedupe_key.like("broken|%"))).one()
    assert run(mail) == (1, 1)
    db.session.refresh(broken)
    assert broken.state == MessageState.QUEUED
    assert "is undefined" in (broken.last_error or "")
    assert states(ids) == [MessageState.SENT]


def test_attachments_are_rendered_when_it_is_sent_with_their_names(app: Flask, office: Any) -> None:
    desk, mail = office
    write("ana", attachments=[{"document": "supply", "format": "pdf", "arguments": {}}])
    assert run(mail) == (1, 0)
    (part,) = desk.accepted[0].iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == ("seznam č.pdf", "application/pdf")
    assert part.get_content() == b"%PDF-1.7"


def test_an_attachment_that_fails_in_the_database_leaves_the_cause_and_an_attempt(
    app: Flask, office: Any
) -> None:
    _, mail = office
    (one,) = write("ana", attachments=[{"document": "supply", "format": "pdf", "arguments": {}}])

    def broken(description: Any, language: str, base_url: str) -> tuple[str, str, bytes]:
        db.session.execute(select(func.no_such_function()))
        raise AssertionError

    assert run(mail, broken) == (0, 1)
    message = db.session.get_one(Message, one)
    assert message.state == MessageState.QUEUED
    assert "no_such_function" in (message.last_error or "")


def test_who_has_no_address_is_never_tried(app: Flask, office: Any) -> None:
    _, mail = office
    queue(
        "password_reset", [Recipient("Brez pošte", None, "sl")], key="paper", data={"name": "x", "path": "/"}
    )
    db.session.commit()
    assert run(mail) == (0, 0)
    found = select(Message.state).where(Message.dedupe_key.like("paper|%"))
    assert db.session.scalars(found).all() == [MessageState.NO_ADDRESS]


def test_the_same_occasion_is_written_once(app: Flask) -> None:
    people = [Recipient("Ana", "ana@example.org", "sl"), Recipient("Bor", "bor@example.org", "en")]
    assert queue("password_reset", people, key="cycle 7 opened", data={}) == 2
    assert queue("password_reset", people, key="cycle 7 opened", data={}) == 0


@pytest.fixture
def real(application: Flask) -> Iterator[Flask]:
    """The application with real commits, for what several processes or a crash do; it tidies up."""
    yield application
    with application.app_context(), transaction():
        db.session.execute(delete(Message).where(Message.dedupe_key.like("for %")))


def test_two_processes_side_by_side_send_each_message_once(real: Flask, office: Any) -> None:
    desk, mail = office
    names = [f"p{number}" for number in range(24)]
    with real.app_context():
        ids = write(*names)
    start, sent = threading.Barrier(2), []

    def work() -> None:
        with real.app_context():
            start.wait()
            sent.append(run(mail))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sum(done for done, _ in sent) == len(names)
    assert sorted(received["To"].addresses[0].username for received in desk.accepted) == sorted(names)
    with real.app_context():
        assert states(ids) == [MessageState.SENT] * len(names)


def test_a_crash_after_acceptance_sends_it_again_under_the_same_message_id(
    real: Flask, office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, mail = office
    with real.app_context():
        (one,) = write("ana")
        hand_over = post.Post.hand_over

        def killed(self: post.Post, envelope: EmailMessage, address: str) -> str:
            hand_over(self, envelope, address)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(post.Post, "hand_over", killed)
            with pytest.raises(KeyboardInterrupt):
                run(mail)
        db.session.rollback()
        assert states([one]) == [MessageState.QUEUED], "nobody said that it was sent"
        assert run(mail) == (0, 0), "its lease must run out first"
        make_due(one)
        assert run(mail) == (1, 0)
        first, second = desk.accepted
        assert first["Message-ID"] == second["Message-ID"]
        assert states([one]) == [MessageState.SENT]


def test_a_crash_before_sending_is_a_message_sent_once(real: Flask, office: Any) -> None:
    desk, mail = office
    with real.app_context():
        (one,) = write("ana")
        with transaction():
            assert deliver.claim() == one
        # The process dies here; after the lease another takes the message up.
        assert run(mail) == (0, 0)
        make_due(one)
        assert run(mail) == (1, 0)
        assert len(desk.accepted) == 1
