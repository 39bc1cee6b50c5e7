"""What a password must be: long, and not the first thing that somebody would try.

Length is what makes a password hard to guess; nothing is asked about capitals and digits, and nothing about
changing it every month (the advice of NIST SP 800-63B).
"""

from itertools import pairwise

from foodorder.rules.errors import N_, NN_, Refusal

SHORTEST = 12
#: Longer ones would only make the server work.
LONGEST = 200
#: "aaaaaaaaaaaa" and "121212121212" are long and worth nothing.
LEAST_DIFFERENT = 5

#: Words that everybody tries first, however they are repeated or followed by digits.
OBVIOUS = frozenset(
    {
        "administrator",
        "foodorder",
        "geslo",
        "iloveyou",
        "kmetija",
        "letmein",
        "password",
        "qwerty",
        "qwertyuiop",
        "qwertzuiop",
        "slovenija",
        "welcome",
    }
)


class PasswordTooShort(Refusal):
    """Fewer characters than `SHORTEST`."""

    message, plural = NN_(
        "Choose a password of at least %(count)s character. Three or four words are easy to remember.",
        "Choose a password of at least %(count)s characters. Three or four words are easy to remember.",
    )
    default_field = "password"


class PasswordTooLong(Refusal):
    """More characters than `LONGEST`."""

    message, plural = NN_(
        "Choose a password of at most %(count)s character.",
        "Choose a password of at most %(count)s characters.",
    )
    default_field = "password"


class PasswordTooEasy(Refusal):
    """What a stranger would try first: few different characters, a row of keys, a common word."""

    message = N_(
        "This password is easy to guess. Three or four words that do not belong together are better."
    )
    default_field = "password"


class PasswordLikeYou(Refusal):
    """The person's own address or name."""

    message = N_("The password must not contain your e-mail address or your name.")
    default_field = "password"


def check_password(password: str, *, email: str = "", name: str = "") -> None:
    """Refuse a password that is too short, too long, easy to guess, or the person's own address or name.

    Raises PasswordTooShort, PasswordTooLong, PasswordTooEasy or PasswordLikeYou.
    """
    if len(password) < SHORTEST:
        raise PasswordTooShort(count=SHORTEST)
    if len(password) > LONGEST:
        raise PasswordTooLong(count=LONGEST)
    small = password.casefold()
    if len(set(small)) < LEAST_DIFFERENT or _row(small) or _obvious(small):
        raise PasswordTooEasy
    own = [email.casefold(), email.partition("@")[0].casefold(), name.casefold()]
    if any(len(word) >= 4 and word in small and len(small) - len(word) < SHORTEST for word in own):
        raise PasswordLikeYou


def _row(small: str) -> bool:
    """Whether each character follows the one before it: "abcdefghijkl", "123456789012"."""
    steps = {ord(after) - ord(before) for before, after in pairwise(small)}
    return steps <= {1, -9}


def _obvious(small: str) -> bool:
    """Whether nothing but an obvious word, repeated, is left when digits and signs are taken away."""
    letters = "".join(letter for letter in small if letter.isalpha())
    return any(letters and letters == (word * len(letters))[: len(letters)] for word in OBVIOUS)
