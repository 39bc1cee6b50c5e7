"""A spend added up once for the page and its drawings, which ask for the same a moment later.

Whatever changes the figures leaves an event in the trail, so the newest event's number tells whether they are
still those of the data. An event may be committed after one with a higher number; hence the short time.
"""

import time
from collections import OrderedDict
from datetime import date
from threading import Lock

from sqlalchemy import text

from foodorder.audit.queries import Comparison, Spend, compare, spend
from foodorder.audit.selection import Selection
from foodorder.db import db

#: Seconds that an answer may be used again, and how many answers are kept.
SECONDS = 20
KEPT = 32

Answer = tuple[Spend, Comparison | None]
Question = tuple[str, Selection, tuple[date, date] | None, int | None]

_NEWEST = text("SELECT max(id) FROM trail_event")

_answers: OrderedDict[Question, tuple[float, Answer]] = OrderedDict()
_lock = Lock()


def spend_compared(selection: Selection, span: tuple[date, date] | None) -> Answer:
    """A selection added up, with the year before where there is one (queries.spend, queries.compare)."""
    # An engine, or in tests one connection of it.
    database = str(db.engine.engine.url)
    question = (database, selection, span, db.session.scalar(_NEWEST))
    with _lock:
        made, answer = _answers.get(question, (float("-inf"), None))
        if answer is not None and time.monotonic() - made < SECONDS:
            return answer
    found = spend(selection)
    answer = (found, compare(selection, found, span) if span else None)
    with _lock:
        _answers[question] = (time.monotonic(), answer)
        while len(_answers) > KEPT:
            _answers.popitem(last=False)
    return answer


def forget() -> None:
    """Add up anew whatever is asked for next."""
    with _lock:
        _answers.clear()
