"""How a rule says no.

A refusal is one sentence that a person can act on. It is written once, in English, as a message for
translation with named placeholders, and carries the facts that fill them. There is one class per reason,
beside the rule that raises it, so that callers can tell reasons apart without reading sentences.

A counter shows a refusal so: `gettext(refusal.message) % facts`, or, where `refusal.plural` is set,
`ngettext(refusal.message, refusal.plural, refusal.facts["count"]) % facts`, each fact formatted by its type.
"""

from typing import ClassVar

from foodorder.rules.facts import (
    Amount,
    Fact,
    Facts,
    JsonFact,
    Money,
    Price,
    Temperature,
    Weight,
    facts_from_json,
    facts_to_json,
    plain,
)

__all__ = [
    "NN_",
    "N_",
    "Amount",
    "Fact",
    "Facts",
    "JsonFact",
    "Money",
    "Price",
    "Refusal",
    "Temperature",
    "Weight",
    "facts_from_json",
    "facts_to_json",
    "plain",
]


def N_(message: str) -> str:  # noqa: N802 (the name that gettext's tools know)
    """Mark a message for translation and return it as it is."""
    return message


def NN_(singular: str, plural: str) -> tuple[str, str]:  # noqa: N802
    """Mark a message that counts something; its number is the fact `count`."""
    return singular, plural


class Refusal(Exception):
    """What a rule answers when it says no.

    `message` is the English sentence with named placeholders, `plural` its plural form when it counts
    something (by the fact `count`), `short` the same in a few words for narrow places that lead to the
    sentence (no placeholders; None: nobody needs it), `field` the name of the form field that the sentence
    belongs beside, `facts` what fills the placeholders.
    """

    message: ClassVar[str] = N_("This is not possible.")
    plural: ClassVar[str | None] = None
    short: ClassVar[str | None] = None
    #: The field that this reason usually belongs to; the raiser may name another.
    default_field: ClassVar[str | None] = None

    def __init__(self, *, field: str | None = None, **facts: Fact) -> None:
        self.field = field or self.default_field
        self.facts: dict[str, Fact] = facts
        super().__init__(self.message)

    def __str__(self) -> str:
        """The English sentence with the facts filled in."""
        one = self.plural is None or self.facts.get("count") == 1
        sentence = self.message if one else str(self.plural)
        return sentence % {name: plain(fact) for name, fact in self.facts.items()}
