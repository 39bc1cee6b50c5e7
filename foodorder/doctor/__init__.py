"""What is wrong with an installation, in words a person can act on. Looks, and changes nothing."""

from foodorder.doctor.database import of_database, unreachable
from foodorder.doctor.findings import Finding, Outcome
from foodorder.doctor.surroundings import before_opening

__all__ = ["Finding", "Outcome", "before_opening", "of_database", "unreachable"]
