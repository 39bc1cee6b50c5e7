"""The page of a procurement record, which kitchen, producer, coordinator and auditor share.

A counter that has found the record in its own scope renders a template of its own around
`components/record_page.html` with `**record_context(record, pdf=…, csv=…)`.
"""

from typing import Any

from foodorder.procurement.documents import words
from foodorder.procurement.models import ProcurementRecord
from foodorder.procurement.queries import record_page


def record_context(record: ProcurementRecord, **links: str | None) -> dict[str, Any]:
    """What the component shows: the record's page, both parties in words, and links of the counter.

    `links`: pdf and csv (files), form (the order by standard), order (the receipt behind it), version and
    line (addresses of another version and of a line, in which "0" stands for its number).
    """
    page = record_page(record)
    return {
        "page": page,
        "record": record,
        "words": words,
        "buyer": words.buyer(record.institution),
        "seller": words.seller(record.producer),
        "several_doors": len({line.delivery_point_id for line in page.lines}) > 1,
        # Not "links": that is the page's own function.
        "papers": links,
    }
