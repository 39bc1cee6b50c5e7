"""How often somebody may try: to log in, to ask for a new password, to register.

Attempts are counted in fixed windows that begin at whole multiples of their length, so that any number of
processes count together without asking each other. An attempt counts before it is judged, whether or not
the account exists: the answer tells a stranger nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from foodorder.rules.errors import N_, Refusal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many attempts in each window."""

    attempts: int
    window: timedelta

    def window_start(self, now: datetime) -> datetime:
        """The beginning of the window that `now` lies in."""
        return now - (now - EPOCH) % self.window


#: One account: nobody mistypes ten times in a quarter of an hour, and a machine that guesses gets no further.
LOGIN_PER_ACCOUNT = Limit(10, timedelta(minutes=15))
#: One network address: a whole school may stand behind it.
LOGIN_PER_ADDRESS = Limit(100, timedelta(minutes=15))
RESET_PER_ACCOUNT = Limit(3, timedelta(hours=1))
RESET_PER_ADDRESS = Limit(30, timedelta(hours=1))
REGISTER_PER_ADDRESS = Limit(10, timedelta(hours=1))
#: Messages that are not from whom they say.
FORGED_PER_ADDRESS = Limit(60, timedelta(minutes=15))


class TooManyAttempts(Refusal):
    """The limit of a window is used up."""

    message = N_("There were too many attempts. Try again at %(until)s.")


def check_attempts(limit: Limit, attempts: int, now: datetime) -> None:
    """Refuse when this attempt, counted in, is one too many for its window.

    Raises TooManyAttempts with the moment the next window begins.
    """
    if attempts > limit.attempts:
        raise TooManyAttempts(until=limit.window_start(now) + limit.window)
