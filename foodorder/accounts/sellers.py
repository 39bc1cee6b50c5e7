"""Who sells: the farm itself, a cooperative of farms, a processor, a reseller.

Whether food comes straight from who grew it is a criterion of the comparison (rules/scoring.py). Whoever is
entered as something else gets points that are not theirs: so the kind is told to all who choose and check.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from foodorder.accounts.changing import change
from foodorder.accounts.models import Producer, ProducerKind
from foodorder.accounts.producers import record
from foodorder.rules.errors import N_
from foodorder.trail.actor import Actor

#: As a producer chooses it, and as a coordinator and an auditor read it.
KINDS: Mapping[ProducerKind, str] = MappingProxyType(
    {
        ProducerKind.FARM: N_("A farm"),
        ProducerKind.COOPERATIVE: N_("A cooperative with several farms"),
        ProducerKind.PROCESSOR: N_("A processor: makes food of what others grow"),
        ProducerKind.RESELLER: N_("A reseller: sells on what others grow or make"),
    }
)
#: As a kitchen reads it: from whom the food comes.
SUPPLY: Mapping[ProducerKind, str] = MappingProxyType(
    {
        ProducerKind.FARM: N_("direct supply by the farm"),
        ProducerKind.COOPERATIVE: N_("direct supply by a cooperative of its members"),
        ProducerKind.PROCESSOR: N_("intermediary: processor"),
        ProducerKind.RESELLER: N_("intermediary: reseller"),
    }
)


def is_direct(kind: str) -> bool:
    """Whether nobody stands between who grew it and the kitchen: members of a cooperative sell through it."""
    return kind in (ProducerKind.FARM, ProducerKind.COOPERATIVE)


def set_kind(producer: Producer, kind: ProducerKind, *, actor: Actor, now: datetime) -> None:
    """Say what a producer is; offers are compared so from then on."""
    before, after = change(producer, {"kind": kind})
    if after:
        record(
            actor, "producer.changed", "producer", producer.id, producer.id, now=now, before=before,
            after=after,
        )  # fmt: skip
