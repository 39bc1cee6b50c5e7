"""What every question of the auditor's desk is asked about, and what every answer is made of.

A question is a module of this package with `answer(asked) -> Answer` and `brief(asked) -> str`; all of them
stand in `QUESTIONS` of this package. Nothing here knows the web: where a figure leads is a `Lead`, which the
counter turns into an address with the filters of the page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from foodorder.audit.charts.drawing import Chart
from foodorder.audit.selection import Selection
from foodorder.procurement.documents.tables import Table


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is asked about. `span`: first and last recorded day; None before the first close."""

    selection: Selection
    span: tuple[date, date] | None
    today: date


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a figure leads: a page of the auditor's counter.

    `filters` are put on top of those of the page (an empty value takes one away); `of` names the thing that
    the page is about, and then no filters are taken along.
    """

    page: str = "records"
    filters: Mapping[str, str] = field(default_factory=dict)
    of: Mapping[str, int | str] = field(default_factory=dict)


def lines(**narrower: object) -> Lead:
    """The records and lines behind a figure: the page's selection, narrowed."""
    return Lead("records", _told(narrower))


def asks(question: str, **narrower: object) -> Lead:
    """Another question about the page's selection, narrowed."""
    return Lead(f"question:{question}", _told(narrower))


def thing(page: str, **of: int | str) -> Lead:
    """The page of one thing: `thing("agreement", agreement_id=7)`."""
    return Lead(page, of=of)


def in_month(month: date) -> dict[str, str]:
    """The filters that narrow a selection to one month: `lines(**in_month(day))`."""
    return {"from": f"{month:%Y-%m}", "to": f"{month:%Y-%m}"}


def _told(narrower: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in narrower.items()}


#: For one row of a table: the key of a column → where its figure leads.
Leads = Mapping[str, Lead]


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure that stands on its own: `value` is written out, `trend` is up, down, same or None."""

    label: str
    value: str
    comparison: str = ""
    trend: str | None = None
    lead: Lead | None = None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A table, if need be with its drawing. `name` stands in the addresses of its files and drawing.

    `heading` is left out where the question's own says it. `leads` go with the rows, `sum_leads` with the
    sums; `words` stand above the drawing.
    """

    name: str
    table: Table
    leads: Sequence[Leads] = ()
    sum_leads: Sequence[Leads] = ()
    draw: Callable[[int], Chart] | None = None
    heading: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer in a sentence, its figures, its tables with drawings, and what must be known to read it.

    Without exhibits there is nothing to show for this selection, and the sentence says why.
    """

    sentence: str
    figures: tuple[Headline, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    notes: tuple[str, ...] = ()
    #: Further pages about the same: (words, where).
    further: tuple[tuple[str, Lead], ...] = ()

    def exhibit(self, name: str) -> Exhibit | None:
        """The exhibit of this name."""
        return next((one for one in self.exhibits if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Question:
    """A page of the desk. `name` stands in its address, `word` in the navigation between questions.

    `brief` is the answer's main figure in one sentence, cheap enough to stand beside eleven others; empty
    when there is nothing to say. `boxes` are further boxes in its line of filters ("food", and "one food"
    where all make no sense); `whole` questions are only asked about whole municipalities, not by an
    institution's accountant.
    """

    name: str
    heading: str
    word: str
    answer: Callable[[Asked], Answer]
    brief: Callable[[Asked], str]
    boxes: frozenset[str] = frozenset()
    whole: bool = False
