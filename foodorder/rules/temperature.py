"""Temperature at acceptance: what was measured in the product against the limit of its food group.

Measured is the middle of the product or between packages; the vehicle's temperature tells nothing
(solskilonec.si). The limits are reference data with their sources (Regulation (EC) 853/2004, annex III;
guides of good practice): most groups have an upper limit, eggs a range, hot food a lower one, and frozen
food may be warmer by a tolerance for a short time (Directive 89/108/EEC, art. 5).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_, Fact, Refusal, Temperature

#: What a thermometer at a kitchen's door may show, tenths of a degree Celsius.
LOWEST, HIGHEST = -600, 1200
_TYPED = re.compile(
    r"(?P<sign>[-+\u2212\u2013]?) ?(?P<whole>[0-9]{1,3})(?:[.,](?P<tenth>[0-9]))?(?: ?°? ?[cC])?"
)


class TemperatureVerdict(StrEnum):
    """What a measured temperature means."""

    NO_LIMIT = "no_limit"
    NOT_MEASURED = "not_measured"
    OK = "ok"
    #: Beyond the limit, within what is tolerated for a short time.
    SHORT_TIME = "short_time"
    TOO_WARM = "too_warm"
    TOO_COLD = "too_cold"


#: Facts: `measured` and `limit`.
TEMPERATURE_WORDS: Mapping[TemperatureVerdict, str] = MappingProxyType(
    {
        TemperatureVerdict.NO_LIMIT: N_("There is no limit for this food."),
        TemperatureVerdict.NOT_MEASURED: N_("Measure the temperature; the limit is %(limit)s."),
        TemperatureVerdict.OK: N_("%(measured)s is within the limit of %(limit)s."),
        TemperatureVerdict.SHORT_TIME: N_(
            "%(measured)s is beyond the limit of %(limit)s, but tolerated for a short time. Store it at once."
        ),
        TemperatureVerdict.TOO_WARM: N_("Too warm: %(measured)s, the limit is %(limit)s. Do not accept it."),
        TemperatureVerdict.TOO_COLD: N_("Too cold: %(measured)s, the limit is %(limit)s. Do not accept it."),
    }
)
#: What asks for attention on the page and in the auditor's list.
WARNINGS = frozenset(
    {TemperatureVerdict.SHORT_TIME, TemperatureVerdict.TOO_WARM, TemperatureVerdict.TOO_COLD}
)
#: What ought not to be accepted.
BEYOND = frozenset({TemperatureVerdict.TOO_WARM, TemperatureVerdict.TOO_COLD})


class NotATemperature(Refusal):
    """What was typed is no temperature, or none that food can have."""

    message = N_("“%(typed)s” is not a temperature. Write it like 4 or 3.5 or −18.")
    default_field = "temperature"


@dataclass(frozen=True, slots=True)
class TemperatureLimit:
    """Limits of a food group in tenths of a degree Celsius; None: none on that side."""

    lowest: int | None
    highest: int | None
    tolerance: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and the facts that its sentence (TEMPERATURE_WORDS) names."""

    verdict: TemperatureVerdict
    facts: Mapping[str, Fact]

    @property
    def warns(self) -> bool:
        """Whether somebody should look."""
        return self.verdict in WARNINGS


def judge(tenths: int | None, limit: TemperatureLimit | None) -> Judged:
    """What a temperature (tenths of a degree; None: not measured) means for a food group's limit.

    A limit itself is kept: 7.0 °C is allowed where the limit is 7 °C.
    """
    if limit is None or (limit.lowest is None and limit.highest is None):
        return Judged(TemperatureVerdict.NO_LIMIT, {})
    if tenths is None:
        nearest = limit.highest if limit.highest is not None else limit.lowest
        return Judged(TemperatureVerdict.NOT_MEASURED, _facts(None, nearest))
    if limit.highest is not None and tenths > limit.highest:
        over = TemperatureVerdict.TOO_WARM
        verdict = over if tenths > limit.highest + limit.tolerance else TemperatureVerdict.SHORT_TIME
        return Judged(verdict, _facts(tenths, limit.highest))
    if limit.lowest is not None and tenths < limit.lowest:
        under = TemperatureVerdict.TOO_COLD
        verdict = under if tenths < limit.lowest - limit.tolerance else TemperatureVerdict.SHORT_TIME
        return Judged(verdict, _facts(tenths, limit.lowest))
    return Judged(
        TemperatureVerdict.OK, _facts(tenths, limit.highest if limit.highest is not None else limit.lowest)
    )


def _facts(tenths: int | None, limit: int | None) -> dict[str, Fact]:
    measured = {} if tenths is None else {"measured": Temperature(tenths)}
    return {**measured, **({} if limit is None else {"limit": Temperature(limit)})}


def parse_temperature(text: str) -> int:
    """Read a temperature that a person typed, in tenths of a degree Celsius: "4", "3,5", "−18 °C".

    Raises NotATemperature.
    """
    tidy = " ".join(text.split())
    match = _TYPED.fullmatch(tidy)
    if match is None:
        raise NotATemperature(typed=tidy[:20])
    tenths = int(match["whole"]) * 10 + int(match["tenth"] or 0)
    value = tenths if match["sign"] in ("", "+") else -tenths
    if not LOWEST <= value <= HIGHEST:
        raise NotATemperature(typed=tidy[:20])
    return value
