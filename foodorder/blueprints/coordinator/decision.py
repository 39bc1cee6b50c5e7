"""A decision that waits for the coordinator, and what may be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Button:
    """One thing that may be done about it: a link, or (`post`) a button that changes something."""

    label: str
    url: str
    post: bool = True
    kind: str = "secondary"
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """One sentence with its buttons. kind: bad, warn, info. `about` tells buttons of one word apart."""

    kind: str
    text: str
    buttons: Sequence[Button]
    about: str
    cause: str | None = None
