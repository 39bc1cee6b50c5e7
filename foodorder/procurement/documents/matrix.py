"""Products × kitchens: what is packed for whom."""

from collections.abc import Iterator, Sequence
from typing import Any

from foodorder.language import formats, gettext
from foodorder.procurement import supply
from foodorder.procurement.documents.paper import section
from foodorder.procurement.documents.tables import Column, Figure, Row, Table, amount_of, total
from foodorder.rules.errors import Amount

#: Kitchens side by side on one page.
ACROSS = 9


def matrix_table(matrix: supply.Matrix, shown: slice = slice(None)) -> Table:
    """Products × kitchens with the sum of each product; a column's sum only where all units are alike."""
    kitchens = matrix.institutions[shown]
    columns = (
        Column("product", gettext("Product"), share=2),
        *(Column(f"institution_{key}", name, Figure.QUANTITY, share=1) for key, name in kitchens),
        Column("quantity", gettext("Together"), Figure.QUANTITY),
    )
    rows: list[Row] = [
        (
            product.name,
            *(amount_of(matrix.cells.get((product.product_id, key)), product.unit) for key, _ in kitchens),
            Amount(product.quantity, product.unit),
        )
        for product in matrix.products
    ]
    return Table(gettext("Kitchens"), columns, tuple(rows), tuple(_unit_sums(rows)))


def _unit_sums(rows: Sequence[Row]) -> Iterator[Row]:
    """One row of sums per unit, for kilograms and pieces do not add up."""
    units = sorted({row[-1].unit for row in rows if isinstance(row[-1], Amount)})
    for unit in units:
        of_unit = [row for row in rows if isinstance(row[-1], Amount) and row[-1].unit == unit]
        yield (
            gettext("Together (%(unit)s)", unit=formats.unit_label(unit)),
            *(total(cells) for cells in list(zip(*of_unit, strict=True))[1:]),
        )


def printed_parts(matrix: supply.Matrix) -> list[dict[str, Any]]:
    """The matrix in parts that fit across a page, each with the products and their whole sums."""
    kitchens = len(matrix.institutions)
    parts = -(-kitchens // ACROSS)
    if parts < 2:
        return [section(gettext("Products and kitchens"), matrix_table(matrix))]
    # Parts of the same width: twelve kitchens are six and six.
    width = -(-kitchens // parts)
    return [
        section(
            gettext("Products and kitchens (%(part)s of %(parts)s)", part=part + 1, parts=parts),
            matrix_table(matrix, slice(part * width, (part + 1) * width)),
        )
        for part in range(parts)
    ]
