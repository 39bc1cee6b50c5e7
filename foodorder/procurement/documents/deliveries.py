"""What comes to a kitchen, day by day: the list that hangs at the back door."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from foodorder.accounts.models import Institution
from foodorder.db import db
from foodorder.language import formats, gettext, speaking
from foodorder.procurement import supply
from foodorder.procurement.documents import words
from foodorder.procurement.documents.paper import Paper, file_name, head
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.errors import Amount


def paper(language: str, base_url: str = "", *, institution_id: int, first: date, last: date) -> Paper:
    """Deliveries to an institution between two days (both included). Raises NoResultFound.

    It follows every change after the close, so it is not kept.
    """
    institution = db.session.get_one(Institution, institution_id)
    coming = supply.deliveries(institution_id, first, last)
    with speaking(language, institution.municipality.zone):
        title = gettext("What comes when")
        content = {
            **head(title, f"{institution.name}, {formats.days_between(first, last)}"),
            "author": institution.name,
            "footer": f"{institution.short_name} · {title}",
            "nothing": "" if coming else gettext("Nothing is coming on these days."),
            "days": [
                {"title": formats.long_day(day), "doors": _doors(list(group))}
                for day, group in groupby(coming, lambda delivery: delivery.delivery_date)
            ],
        }
        return Paper(
            kind="deliveries",
            object_id=institution.id,
            name=file_name([gettext("deliveries"), institution.code, first.isoformat()]),
            language=language,
            template="deliveries",
            content=content,
            sheets=(table(coming),),
            kept=False,
        )


def _doors(coming: Sequence[supply.Delivery]) -> list[dict[str, Any]]:
    return [
        {"title": door, "table": table(list(group), to_tick=True).without_known(packs=None).printed()}
        for door, group in groupby(coming, lambda delivery: delivery.delivery_point)
    ]


def table(coming: Sequence[supply.Delivery], *, to_tick: bool = False) -> Table:
    """Every line that comes; on paper (`to_tick`) of one day and door, with a box for each."""
    columns = (
        Column("delivery_date", gettext("Day"), Figure.DAY),
        Column("delivery_point", gettext("Delivery point"), share=2),
        Column("producer", gettext("Farm"), share=3),
        Column("product", gettext("Product"), share=3),
        Column("quantity", gettext("Quantity"), Figure.QUANTITY),
        Column("packs", gettext("Packs"), Figure.PACKS),
        Column("record", gettext("Record")),
        Column("arrived", gettext("Arrived")),
    )
    rows = tuple(
        (
            delivery.delivery_date,
            delivery.delivery_point,
            delivery.producer,
            line.name,
            Amount(line.quantity, line.unit),
            words.packs(line.quantity, line.pack),
            line.number,
            words.BOX,
        )
        for delivery in coming
        for line in delivery.lines
    )
    whole = Table(gettext("Deliveries"), columns, rows)
    return whole.without("delivery_date", "delivery_point") if to_tick else whole.without("arrived")
