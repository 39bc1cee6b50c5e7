"""The filters of flags, which are also the address of the page."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request, url_for

from foodorder.audit.flags import queries, words
from foodorder.audit.flags.queries import Chosen
from foodorder.audit.flags.scope import Scope
from foodorder.blueprints.auditor.filters import Filter, Option
from foodorder.language import gettext
from foodorder.rules.red_flags.model import SEVERITIES
from foodorder.rules.red_flags.states import FLAG_STATES

#: Flags that nobody decided about are shown unless another state is chosen.
USUAL, EVERY = "open", "all"


@dataclass(frozen=True, slots=True)
class FlagFilters:
    """What is chosen: the flags, the address, the boxes, and what of it can be removed."""

    chosen: Chosen
    args: dict[str, Any]
    boxes: list[Filter]
    used: list[Option]

    @property
    def chips(self) -> list[Option]:
        """(label, address without it) of each filter in use."""
        return [(label, url_for("auditor.flags", **self.without(name))) for label, name in self.used]

    def without(self, name: str) -> dict[str, Any]:
        """The address without one filter."""
        return {key: value for key, value in self.args.items() if key != name}


def read_filters(municipality_id: int) -> FlagFilters:
    """The filters of this request; what is not understood is left out."""
    rules, institutions, producers = queries.present(municipality_id)
    boxes: dict[str, tuple[str, list[Option]]] = {
        "state": (gettext("State"), [(code.value, gettext(word)) for code, word in FLAG_STATES.items()]),
        "severity": (
            gettext("Severity"), [(str(int(one)), gettext(word)) for one, word in SEVERITIES.items()],
        ),
        "rule": (gettext("Rule"), sorted(((one, words.title(one)) for one in rules), key=lambda one: one[1])),
        "institution": (gettext("Institution"), [(str(one), name) for one, name in institutions]),
        "producer": (gettext("Producer"), [(str(one), name) for one, name in producers]),
    }  # fmt: skip
    picked, args, used = {}, {}, []
    for name, (_label, known) in boxes.items():
        value = request.args.get(name, "")
        label = dict(known).get(value)
        picked[name] = value if label else None
        if label:
            args[name] = value
            used.append((label, name))
    if picked["state"] is None and request.args.get("state") != EVERY:
        picked["state"] = USUAL
    if request.args.get("state") == EVERY:
        args["state"] = EVERY
    month = _month()
    if month is not None:
        args["month"] = f"{month.first:%Y-%m}"
    chosen = Chosen(
        municipality_id,
        picked["state"],
        picked["rule"],
        _number(picked["severity"]),
        _number(picked["institution"]),
        _number(picked["producer"]),
        month.first if month else None,
        month.last if month else None,
    )
    shown = [
        Filter(name, label, [_every(name), *known], picked[name] or _every(name)[0])
        for name, (label, known) in boxes.items()
    ]
    return FlagFilters(chosen, args, shown, used)


def _every(name: str) -> Option:
    return (EVERY if name == "state" else "", gettext("all"))


def _number(value: str | None) -> int | None:
    return int(value) if value else None


def _month() -> Scope | None:
    """The month of the address, `month=2026-11`."""
    try:
        return Scope.of(0, date.fromisoformat(f"{request.args.get('month', '')}-01"))
    except ValueError:
        return None
