"""What a farmer types on a delivery note: the lots of each line, and why something is missing."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from foodorder.delivery.corrections import Correction, LinesRefused, Packed
from foodorder.delivery.queries import LineRow, LotRow, NoteRow
from foodorder.language import formats
from foodorder.language import gettext as _
from foodorder.rules.delivery import SentLot, ShortReason
from foodorder.rules.errors import Refusal
from foodorder.rules.quantity import as_typed, parse_quantity

#: Weights are typed in kilograms.
WEIGHT = "KGM"


class NoteForm:
    """The inputs of a note, by name; `wrong`: name → what is wrong with it."""

    def __init__(self, note: NoteRow, typed: Mapping[str, str] | None = None) -> None:
        self.note = note
        self.typed = typed
        self.wrong: dict[str, str] = {}

    @property
    def errors(self) -> dict[str, str]:
        """The page's title says that there are some."""
        return self.wrong

    def rows(self, line: LineRow) -> list[tuple[int, LotRow | None]]:
        """The rows of a line: its lots, and an empty one for another."""
        return [*enumerate(line.lots, 1), (len(line.lots) + 1, None)]

    def value(self, name: str, now: Any = "") -> str:
        """What stands in an input: what was typed, else what is known."""
        if self.typed is not None:
            return self.typed.get(name, "")
        if isinstance(now, date):
            return now.isoformat()
        return as_typed(now) if isinstance(now, int) else now or ""

    def links(self) -> list[tuple[str, str, str]]:
        """For the summary above the form: (id of the input, label, sentence)."""
        names = {str(line.first.root_line_id): line.first.name for line in self.note.lines}
        return [
            (name, next((names[part] for part in name.split("-") if part in names), ""), text)
            for name, text in self.wrong.items()
        ]

    def corrections(self) -> list[Correction]:
        """What was typed, line by line; what cannot be read is in `wrong` then."""
        return [self._correction(line) for line in self.note.lines]

    def _correction(self, line: LineRow) -> Correction:
        root, typed = line.first.root_line_id, self.typed or {}
        lots = [self._lot(line, place) for place, _lot in self.rows(line)]
        reason = typed.get(f"reason-{root}", "")
        return Correction(
            root,
            tuple(lot for lot in lots if lot),
            ShortReason(reason) if reason in {one.value for one in ShortReason} else None,
            typed.get(f"words-{root}", "").strip(),
        )

    def _lot(self, line: LineRow, place: int) -> Packed | None:
        """One row; None where nothing is sent of it."""
        root, unit = line.first.root_line_id, line.first.unit
        quantity = self._number(f"q-{root}-{place}", unit)
        lot = (self.typed or {}).get(f"lot-{root}-{place}", "").strip()
        use_by = self._date(f"use_by-{root}-{place}")
        grams = self._number(f"w-{root}-{place}", WEIGHT) if unit != WEIGHT else None
        if not quantity:
            return None
        return Packed(SentLot(quantity, lot, use_by), grams)

    def _number(self, name: str, unit: str) -> int | None:
        text = (self.typed or {}).get(name, "").strip()
        if not text:
            return None
        try:
            return parse_quantity(text, unit=unit)
        except Refusal as reason:
            self.wrong[name] = formats.refusal(reason)
            return None

    def _date(self, name: str) -> date | None:
        text = (self.typed or {}).get(name, "").strip()
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.wrong[name] = _("Write a date.")
            return None

    def refuse(self, refused: LinesRefused) -> None:
        """Put what a rule says beside the input it concerns."""
        for root, reason in refused.problems.items():
            name = {"lot": f"lot-{root}-1", "use_by": f"use_by-{root}-1"}.get(reason.field or "")
            name = name or (
                f"{reason.field}-{root}" if reason.field in ("reason", "words") else f"q-{root}-1"
            )
            self.wrong[name] = formats.refusal(reason)

    def refuse_line(self, root: int, reason: Refusal) -> None:
        """What keeps a line from leaving, beside its input."""
        self.refuse(LinesRefused({root: reason}))
