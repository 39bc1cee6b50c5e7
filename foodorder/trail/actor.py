"""Who acts: handed to every service, so that none of them has to know about log-ins."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Source(StrEnum):
    """How the act reached us."""

    PERSON = "person"
    SCHEDULER = "scheduler"
    API = "api"
    #: Commands typed on the server, seeds.
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in one role, or the clock. `on_behalf_of`: whom a coordinator acts for ("producer 12")."""

    source: Source
    person_id: int | None = None
    role: str | None = None
    on_behalf_of: str | None = None
    request_id: str | None = None

    def acting_for(self, whom: str) -> "Actor":
        """The same actor on somebody else's behalf."""
        return replace(self, on_behalf_of=whom)


SCHEDULER = Actor(Source.SCHEDULER)
COMMAND = Actor(Source.COMMAND)
