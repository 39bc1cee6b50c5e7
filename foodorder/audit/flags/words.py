"""A flag in words: its sentence, its evidence as a table, its rule with the numbers that held."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from foodorder.audit.flags.models import Flag
from foodorder.language import formats, get_locale, gettext
from foodorder.language.figures import NONE
from foodorder.procurement.documents.tables import Column, Figure, Table
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.errors import N_, Fact, Money, facts_from_json
from foodorder.rules.facts import Amount, Weight
from foodorder.rules.red_flags import RULES
from foodorder.rules.red_flags.model import SEVERITIES, VALUES, Parameter, Severity
from foodorder.rules.red_flags.states import FLAG_STATES, FlagState
from foodorder.rules.scoring import REASONS, Reason

#: The named places of a sentence.
PLACES = re.compile(r"%\((\w+)\)s")
#: Facts in two languages end so; the reader's one stands for both.
LANGUAGES = ("_sl", "_en")
#: The steps from order to payment, as `money.one_person` names them.
STEPS = {
    "ordered": N_("order"),
    "approved": N_("approval"),
    "accepted": N_("acceptance"),
    "passed": N_("invoice"),
    "paid": N_("payment"),
}
#: What the thing is that a row of evidence leads to.
KINDS = {
    "agreement": N_("Agreement"),
    "cycle": N_("Cycle"),
    "institution": N_("Institution"),
    "interest": N_("Declaration of interest"),
    "invoice": N_("Invoice"),
    "line": N_("Line"),
    "note": N_("Delivery note"),
    "offer": N_("Offer"),
    "order": N_("Weekly order"),
    "producer": N_("Producer"),
    "record": N_("Record"),
}


def title(rule: str) -> str:
    """What a rule is called; of one that is no more, its code."""
    return gettext(RULES[rule].title) if rule in RULES else rule


def severity(number: int) -> str:
    """How grave: "high"."""
    return gettext(SEVERITIES[Severity(number)])


def state(code: str) -> str:
    """Where a flag stands: "open"."""
    return gettext(FLAG_STATES[FlagState(code)])


def sentence(flag: Flag) -> str:
    """What was found, with its figures, in the reader's language."""
    if flag.rule not in RULES:
        return title(flag.rule)
    words = RULES[flag.rule].sentence
    # What an earlier version of the rule found may lack what the sentence of today names.
    told: dict[str, Fact] = dict.fromkeys(PLACES.findall(words), NONE)
    return formats.sentence(words, told | facts(flag.evidence["facts"]))


def facts(stored: dict[str, Any]) -> dict[str, Fact]:
    """Stored facts for the reader: in one language, codes as words."""
    found = facts_from_json(stored)
    spoken = LANGUAGES[0] if get_locale().language == "sl" else LANGUAGES[1]
    told: dict[str, Fact] = {}
    for name, value in found.items():
        if name.endswith(LANGUAGES):
            if name.endswith(spoken):
                told[name.removesuffix(spoken)] = value
        else:
            told[name] = _word(name, value)
    if "code" in told:
        told["reason"] = ", ".join(filter(None, (str(told.pop("code")), str(told.get("reason", "")))))
    return told


def _word(name: str, value: Fact) -> Fact:
    if isinstance(value, date):
        return formats.day(value, year=True)
    if name == "scheme" and value in SCHEMES:
        return gettext(SCHEMES[str(value)].label)
    if name == "code" and value in set(Reason):
        return gettext(REASONS[Reason(str(value))])
    if name == "step":
        return ", ".join(gettext(STEPS[step]) for step in str(value).split(", ") if step in STEPS)
    return value


@dataclass(frozen=True, slots=True)
class Proof:
    """A thing that is evidence: where it stands, its name and day, and its values by column."""

    kind: str
    number: int
    name: str
    day: date | None
    values: dict[str, Fact]


def proofs(flag: Flag) -> list[Proof]:
    """The things behind a flag, as they were found."""
    return [
        Proof(
            item["kind"],
            item["number"],
            item["name"],
            date.fromisoformat(item["day"]) if "day" in item else None,
            facts(item["values"]),
        )
        for item in flag.evidence["items"]
    ]


def columns(found: Sequence[Proof]) -> list[str]:
    """The keys of the values of some proofs, from what was ordered to what was paid."""
    there = {key for proof in found for key in proof.values}
    return [*(key for key in VALUES if key in there), *sorted(there - VALUES.keys())]


def is_figure(found: Sequence[Proof], key: str) -> bool:
    """Whether a column of evidence holds figures, which end at the right."""
    return any(isinstance(proof.values.get(key), (Money, Amount, Weight, int)) for proof in found)


def value_name(key: str) -> str:
    """The heading of a column of evidence."""
    return gettext(VALUES[key]) if key in VALUES else key


def written(parameter: Parameter, value: int) -> str:
    """A number of a rule with its unit."""
    match parameter.unit:
        case "bp":
            return formats.share(value)
        case "cents":
            return formats.money(value)
        case "grams":
            return formats.weight(value)
        case "days":
            return gettext("%(count)s d", count=formats.number(value))
        case "seconds":
            return gettext("%(count)s s", count=formats.number(value))
        case _:
            return formats.number(value)


def numbers(rule: str, values: dict[str, int]) -> list[tuple[str, str]]:
    """The parameters of a rule in words with the values that held."""
    if rule not in RULES:
        return [(name, str(value)) for name, value in values.items()]
    known = RULES[rule].parameters
    return [
        (gettext(parameter.words), written(parameter, values.get(name, parameter.usual)))
        for name, parameter in known.items()
    ]


def table(flags: Iterable[Flag]) -> Table:
    """Flags as a table, for files."""
    wide = (
        Column("number", gettext("Flag"), Figure.COUNT),
        Column("severity", gettext("Severity")),
        Column("state", gettext("State")),
        Column("rule", gettext("Rule"), share=2),
        Column("version", gettext("Version"), Figure.COUNT),
        Column("institution", gettext("Institution"), share=2),
        Column("producer", gettext("Producer"), share=2),
        Column("first", gettext("From"), Figure.DAY),
        Column("last", gettext("To"), Figure.DAY),
        Column("sentence", gettext("What was found"), share=6),
    )
    rows = tuple(
        (
            flag.id, severity(flag.severity), state(flag.state), title(flag.rule), flag.version,
            flag.institution.short_name if flag.institution else "",
            flag.producer.name if flag.producer else "", flag.first, flag.last, sentence(flag),
        )
        for flag in flags
    )  # fmt: skip
    return Table(gettext("Flags"), wide, rows)
