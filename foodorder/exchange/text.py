"""Texts as XML can carry them."""

import re

# What XML 1.0 (section 2.2) does not allow in a document, surrogates that stand alone included.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """A text in one line: without signs that XML forbids, with single spaces, none at the ends."""
    return " ".join(_FORBIDDEN.sub("", text).split())


def shortened(text: str, most: int) -> str:
    """The text in at most so many signs; what is cut ends with “…”."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
