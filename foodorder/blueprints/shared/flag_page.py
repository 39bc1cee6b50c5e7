"""The evidence of a flag as a page shows it, with addresses where the reader may follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from flask import url_for

from foodorder.audit.flags import words
from foodorder.audit.flags.models import Flag
from foodorder.blueprints.shared.access import present
from foodorder.language import formats, gettext
from foodorder.rules.permissions import Permission

#: Kind of evidence → page and the name of its parameter.
PAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "agreement": ("auditor.agreement", "agreement_id"),
        "cycle": ("auditor.cycle", "cycle_id"),
        "invoice": ("auditor.invoice", "invoice_id"),
        "line": ("auditor.line", "line_id"),
        "note": ("auditor.note", "note_id"),
        "offer": ("auditor.offer", "offer_id"),
        "record": ("auditor.record", "record_id"),
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing: what it is, its name, its address or none, its day, its values as written."""

    kind: str
    name: str
    url: str | None
    day: str
    values: list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is behind a flag: headings of the values (and whether they are figures), rows, how many in all."""

    heads: list[tuple[str, bool]]
    rows: list[Row]
    all: int


def evidence(flag: Flag) -> Evidence:
    """The things behind a flag in the reader's language."""
    proofs = words.proofs(flag)
    keys = words.columns(proofs)
    figures = [words.is_figure(proofs, key) for key in keys]
    rows = [
        Row(
            gettext(words.KINDS[proof.kind]) if proof.kind in words.KINDS else "",
            proof.name or gettext("bought elsewhere"),
            _address(proof.kind, proof.number),
            formats.day(proof.day, year=True) if proof.day else "",
            [
                (formats.fact(proof.values[key]) if key in proof.values else "", figure)
                for key, figure in zip(keys, figures, strict=True)
            ],
        )
        for proof in proofs
    ]
    heads = [(words.value_name(key), figure) for key, figure in zip(keys, figures, strict=True)]
    return Evidence(heads, rows, flag.evidence["all"])


def _address(kind: str, number: int) -> str | None:
    if not number:
        return None
    if kind in PAGES:
        endpoint, name = PAGES[kind]
        values: dict[str, Any] = {name: number}
        return url_for(endpoint, **values)
    if kind == "producer":
        return url_for("auditor.records", producer=number)
    if kind == "interest":
        return url_for("auditor.interests")
    if kind == "order" and present().may(Permission.TRAIL_SEE):
        return url_for("auditor.trail", object="weekly_order", id=number)
    return None
