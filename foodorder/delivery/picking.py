"""The pick list of a day: the sum of each product over all doors, with the lot where all have the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from foodorder.accounts.sorting import sort_key
from foodorder.delivery.queries import LineRow, NoteRow
from foodorder.rules.delivery import NoteState


@dataclass(frozen=True, slots=True)
class PickRow:
    """The sum of one product over the notes of a day; lot and use-by where all doors have the same."""

    product_id: int
    name: str
    unit: str
    pack: int | None
    animal: bool
    ordered: int
    quantity: int
    lot: str | None
    use_by: date | None
    #: Whether lots are written one for all: nowhere several lots, and some note still a draft.
    one_lot: bool

    @property
    def packs(self) -> int | None:
        """How many whole packs; None without packs or with a rest."""
        return self.quantity // self.pack if self.pack and self.quantity % self.pack == 0 else None

    @property
    def full_packs(self) -> int:
        """How many packs are full."""
        return self.quantity // self.pack if self.pack else 0

    @property
    def rest(self) -> int:
        """What is left beside the full packs."""
        return self.quantity % self.pack if self.pack else 0


def picked(notes: Iterable[NoteRow]) -> list[PickRow]:
    """What is to be picked for notes: the sum of each product, by name."""
    by_product: dict[int, list[tuple[NoteRow, LineRow]]] = {}
    for note in notes:
        if note.state != NoteState.CANCELLED:
            for line in note.lines:
                by_product.setdefault(line.first.product_id, []).append((note, line))
    rows = [_pick(product, pairs) for product, pairs in by_product.items()]
    return sorted(rows, key=lambda row: (sort_key(row.name), row.product_id))


def _pick(product_id: int, pairs: Sequence[tuple[NoteRow, LineRow]]) -> PickRow:
    first = pairs[0][1].first
    lots = [lot for _, line in pairs for lot in line.lots]
    lot, use_by = {lot.lot for lot in lots}, {lot.use_by for lot in lots}
    return PickRow(
        product_id,
        first.name,
        first.unit,
        first.pack,
        first.animal,
        sum(line.ordered for _, line in pairs),
        sum(line.quantity for _, line in pairs),
        lot.pop() if len(lot) == 1 else None,
        use_by.pop() if len(use_by) == 1 else None,
        all(len(line.lots) == 1 for _, line in pairs)
        and any(note.state == NoteState.DRAFT for note, _ in pairs),
    )
