"""Limits of attempts, and passwords."""

from datetime import UTC, datetime, timedelta

import pytest

from foodorder.rules import limits, passwords
from foodorder.rules.limits import Limit, TooManyAttempts, check_attempts
from foodorder.rules.passwords import check_password

NOW = datetime(2025, 11, 26, 11, 7, 30, tzinfo=UTC)
LIMIT = Limit(3, timedelta(minutes=15))


@pytest.mark.parametrize(("minutes", "start"), [(0, 0), (7, 0), (8, 15), (22, 15), (23, 30)])
def test_attempts_are_counted_in_fixed_windows(minutes, start):
    assert LIMIT.window_start(NOW + timedelta(minutes=minutes)) == datetime(
        2025, 11, 26, 11, start, tzinfo=UTC
    )


def test_the_attempt_after_the_limit_waits_until_the_window_ends():
    check_attempts(LIMIT, 3, NOW)
    with pytest.raises(TooManyAttempts, match="Try again at 2025-11-26 11:15 UTC"):
        check_attempts(LIMIT, 4, NOW)


def test_an_account_is_guarded_more_closely_than_a_shared_address():
    assert limits.LOGIN_PER_ACCOUNT.attempts < limits.LOGIN_PER_ADDRESS.attempts
    assert limits.RESET_PER_ACCOUNT.attempts < limits.RESET_PER_ADDRESS.attempts


@pytest.mark.parametrize(
    "password", ["pet rumenih lukenj", "Xk2!fastRiver91", "korenje-dež-tramvaj", "geslo za krompir in repo"]
)
def test_long_passwords_pass_without_rules_about_signs(password):
    check_password(password, email="marta.kovac@demo.example", name="Marta Kovač")


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("", passwords.PasswordTooShort),
        ("elevenchars", passwords.PasswordTooShort),
        ("korenje " * 30, passwords.PasswordTooLong),
        ("aaaaaaaaaaaaaa", passwords.PasswordTooEasy),
        ("123456789012", passwords.PasswordTooEasy),
        ("abcdefghijklm", passwords.PasswordTooEasy),
        ("GesloGesloGeslo", passwords.PasswordTooEasy),
        ("Password12345", passwords.PasswordTooEasy),
        ("marta.kovac@demo.example", passwords.PasswordLikeYou),
        ("Marta Kovač 2025", passwords.PasswordLikeYou),
    ],
)
def test_passwords_that_do_not_protect_are_refused(password, refusal):
    with pytest.raises(refusal) as refused:
        check_password(password, email="marta.kovac@demo.example", name="Marta Kovač")
    assert refused.value.field == "password"
    assert str(refused.value)
