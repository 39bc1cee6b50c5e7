"""What the doctor says of one thing that was looked at."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class Outcome(Enum):
    """How a check ended; a NOTE is worth knowing, and no fault."""

    WELL = "well"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    outcome: Outcome
    what: str
    words: str


def well(what: str, words: str) -> Finding:
    """As it should be."""
    return Finding(Outcome.WELL, what, words)


def note(what: str, words: str) -> Finding:
    """Worth knowing."""
    return Finding(Outcome.NOTE, what, words)


def wrong(what: str, words: str) -> Finding:
    """Something to mend, and how."""
    return Finding(Outcome.WRONG, what, words)


def ago(span: timedelta) -> str:
    """How long that is, in its largest whole unit."""
    seconds = max(0, int(span.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
