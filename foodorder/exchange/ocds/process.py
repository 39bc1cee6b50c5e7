"""All releases of an institution's part of a cycle."""

from foodorder.exchange.ocds.contracts import awards_and_contracts
from foodorder.exchange.ocds.implementation import implementation
from foodorder.exchange.ocds.model import Process, Release
from foodorder.exchange.ocds.tender import planning_and_tender


def releases(process: Process) -> list[Release]:
    """Every event as a release, in the order of what happened; at one moment in the order of the stages."""
    found = [*planning_and_tender(process), *awards_and_contracts(process), *implementation(process)]
    return sorted(found, key=lambda release: release.date)
