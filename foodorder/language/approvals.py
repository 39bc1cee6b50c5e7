"""Why an order needs approval, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from foodorder.language import formats, gettext
from foodorder.rules.agreements import FUNDINGS, Funding
from foodorder.rules.approval import WHYS, Why
from foodorder.rules.errors import facts_from_json


def why(code: str, facts: Mapping[str, Any]) -> str:
    """The sentence of a stored reason (rules/approval.py); the funding source in words."""
    known = dict(facts_from_json(facts))
    if "funding" in known:
        known["funding"] = gettext(FUNDINGS[Funding(str(known["funding"]))])
    if "year" in known:
        known["year"] = str(known["year"])
    return formats.sentence(WHYS[Why(code)], known)
