"""Passwords: checked, counted, set once by a mailed link."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from foodorder.accounts import limits, passwords, people, sessions, tokens
from foodorder.accounts.models import OneTimeToken, Person, TokenPurpose
from foodorder.db import clock
from foodorder.outbox.models import Message
from foodorder.rules.limits import LOGIN_PER_ACCOUNT, LOGIN_PER_ADDRESS, RESET_PER_ACCOUNT
from foodorder.rules.passwords import PasswordTooShort
from foodorder.trail.actor import COMMAND
from tests.kept import once

GOOD = "three words apart"
BETTER = "four other words apart"


@once
def person(session: Session) -> Person:
    """Somebody with a password."""
    return people.create_person("ana@example.org", "Ana", password=GOOD, actor=COMMAND, now=clock())


def mailed_secret(session: Session, template: str = "password_reset") -> str:
    """The secret in the newest mail of a kind."""
    data = session.scalars(
        select(Message.data).where(Message.template == template).order_by(Message.id.desc())
    ).first()
    assert data is not None
    return str(data["path"]).rpartition("/")[2]


def test_the_right_password_lets_in_however_the_address_is_written(person: Person) -> None:
    assert passwords.check_credentials(" Ana@Example.org ", GOOD).id == person.id


@pytest.mark.parametrize(
    ("email", "password"),
    [("ana@example.org", "wrong"), ("nobody@example.org", GOOD), ("ana@example.org", "")],
)
def test_everything_else_gets_the_same_answer(person: Person, email: str, password: str) -> None:
    with pytest.raises(passwords.WrongCredentials) as refused:
        passwords.check_credentials(email, password)
    assert refused.value.facts == {}
    assert refused.value.field is None


def test_whoever_was_dismissed_gets_the_same_answer(person: Person) -> None:
    people.deactivate_person(person, actor=COMMAND, now=clock())
    with pytest.raises(passwords.WrongCredentials):
        passwords.check_credentials(person.email, GOOD)


def test_an_unknown_address_costs_a_whole_check(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    verify = passwords.PasswordHasher.verify
    monkeypatch.setattr(
        passwords.PasswordHasher, "verify", lambda *args: checked.append(args[1]) or verify(*args)
    )
    for email in (person.email, "nobody@example.org"):
        with pytest.raises(passwords.WrongCredentials):
            passwords.check_credentials(email, "wrong")
    assert len(checked) == 2


def test_a_hash_with_old_parameters_is_renewed(person: Person) -> None:
    person.password_hash = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD)
    old = person.password_hash
    passwords.check_credentials(person.email, GOOD)
    assert person.password_hash != old
    passwords.check_credentials(person.email, GOOD)


def test_a_link_sets_a_password_once_and_logs_out_everywhere(person: Person, session: Session) -> None:
    cookie, _login = sessions.start_session(person, actor=COMMAND, now=clock())
    passwords.ask_reset(person.email, actor=COMMAND, now=clock())
    secret = mailed_secret(session)
    passwords.set_by_link(secret, BETTER, actor=COMMAND, now=clock())
    assert passwords.check_credentials(person.email, BETTER)
    assert sessions.find_session(cookie) is None
    with pytest.raises(tokens.LinkVoid):
        passwords.set_by_link(secret, GOOD, actor=COMMAND, now=clock())


def test_a_bad_password_leaves_the_link_alive(person: Person, session: Session) -> None:
    passwords.ask_reset(person.email, actor=COMMAND, now=clock())
    secret = mailed_secret(session)
    with pytest.raises(PasswordTooShort):
        passwords.set_by_link(secret, "short", actor=COMMAND, now=clock())
    assert tokens.person_of(secret, TokenPurpose.PASSWORD, clock()) is not None


def test_a_link_runs_out_after_two_hours(person: Person, session: Session) -> None:
    now = clock()
    passwords.ask_reset(person.email, actor=COMMAND, now=now)
    secret = mailed_secret(session)
    assert tokens.person_of(secret, TokenPurpose.PASSWORD, now + timedelta(hours=2, seconds=-1)) is not None
    assert tokens.person_of(secret, TokenPurpose.PASSWORD, now + timedelta(hours=2)) is None


def test_a_newer_link_makes_the_older_void(person: Person) -> None:
    first = tokens.issue(person.id, TokenPurpose.PASSWORD, clock())
    second = tokens.issue(person.id, TokenPurpose.PASSWORD, clock())
    assert tokens.person_of(first, TokenPurpose.PASSWORD, clock()) is None
    assert tokens.person_of(second, TokenPurpose.PASSWORD, clock()) is not None


def test_a_newer_link_leaves_those_for_other_purposes(person: Person) -> None:
    invitation = tokens.issue(person.id, TokenPurpose.INVITATION, clock())
    tokens.issue(person.id, TokenPurpose.PASSWORD, clock())
    assert tokens.person_of(invitation, TokenPurpose.INVITATION, clock()) is not None


def test_a_password_chosen_by_one_link_makes_every_other_void(person: Person) -> None:
    """Or whoever holds the older mail could choose another."""
    invitation = tokens.issue(person.id, TokenPurpose.INVITATION, clock())
    reset = tokens.issue(person.id, TokenPurpose.PASSWORD, clock())
    tokens.use(reset, TokenPurpose.PASSWORD, clock())
    assert tokens.person_of(invitation, TokenPurpose.INVITATION, clock()) is None


def test_a_link_works_for_its_own_purpose_only(person: Person) -> None:
    reset = tokens.issue(person.id, TokenPurpose.PASSWORD, clock())
    assert tokens.person_of(reset, TokenPurpose.INVITATION, clock()) is None
    with pytest.raises(tokens.LinkVoid):
        tokens.use(reset, TokenPurpose.INVITATION, clock())
    assert tokens.person_of(reset, TokenPurpose.PASSWORD, clock()) is not None


def test_using_a_link_up_judges_it_once_more(person: Person) -> None:
    """Between the look at a link and its use somebody else may have used it, or its time have run out."""
    now = clock()
    secret = tokens.issue(person.id, TokenPurpose.PASSWORD, now)
    with pytest.raises(tokens.LinkVoid):
        tokens.use(secret, TokenPurpose.PASSWORD, now + tokens.LIFE[TokenPurpose.PASSWORD])
    assert tokens.use(secret, TokenPurpose.PASSWORD, now) is person
    with pytest.raises(tokens.LinkVoid):
        tokens.use(secret, TokenPurpose.PASSWORD, now)
    another = tokens.issue(person.id, TokenPurpose.PASSWORD, now)
    people.deactivate_person(person, actor=COMMAND, now=now)
    assert tokens.person_of(another, TokenPurpose.PASSWORD, now) is None
    with pytest.raises(tokens.LinkVoid):
        tokens.use(another, TokenPurpose.PASSWORD, now)


def test_only_the_hash_of_a_link_is_stored(person: Person, session: Session) -> None:
    secret = tokens.issue(person.id, TokenPurpose.PASSWORD, clock())
    stored = session.scalars(select(OneTimeToken.secret_hash)).one()
    assert bytes(stored) == sessions.digest(secret)


def test_nobody_gets_mail_at_an_unknown_address(session: Session) -> None:
    passwords.ask_reset("nobody@example.org", actor=COMMAND, now=clock())
    assert session.scalars(select(Message)).all() == []


def test_a_change_needs_the_present_password_and_keeps_this_browser(person: Person) -> None:
    here, login = sessions.start_session(person, actor=COMMAND, now=clock())
    there, _other = sessions.start_session(person, actor=COMMAND, now=clock())
    with pytest.raises(passwords.WrongPassword):
        passwords.change_password(person, "wrong", BETTER, session_id=login.id, actor=COMMAND, now=clock())
    passwords.change_password(person, GOOD, BETTER, session_id=login.id, actor=COMMAND, now=clock())
    assert sessions.find_session(here) is not None
    assert sessions.find_session(there) is None


def test_attempts_on_one_account_run_out_whether_or_not_it_exists(session: Session) -> None:
    now = clock()
    for email in ("ana@example.org", "nobody@example.org"):
        answers = [
            limits.count_login(email, f"192.0.2.{n}", now) for n in range(LOGIN_PER_ACCOUNT.attempts + 1)
        ]
        assert answers[:-1] == [None] * LOGIN_PER_ACCOUNT.attempts
        assert answers[-1] is not None


def test_attempts_from_one_address_run_out(session: Session) -> None:
    now = clock()
    answers = [
        limits.count_login(f"{n}@example.org", "192.0.2.1", now)
        for n in range(LOGIN_PER_ADDRESS.attempts + 1)
    ]
    assert [answer for answer in answers if answer] == answers[-1:]


def test_the_next_window_begins_anew(session: Session) -> None:
    now = clock()
    for _ in range(RESET_PER_ACCOUNT.attempts + 1):
        last = limits.count_reset("ana@example.org", "192.0.2.1", now)
    assert last is not None
    assert limits.count_reset("ana@example.org", "192.0.2.1", now + RESET_PER_ACCOUNT.window) is None


def test_a_log_in_that_succeeds_begins_anew(person: Person) -> None:
    now = clock()
    for _ in range(LOGIN_PER_ACCOUNT.attempts):
        limits.count_login(person.email, "192.0.2.1", now)
    passwords.check_credentials(person.email, GOOD)
    assert limits.count_login(person.email, "192.0.2.1", now) is None
