"""Reading a document so that nothing in it is passed over in silence."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from foodorder.exchange.model import Incomplete
from foodorder.exchange.text import clean, shortened
from foodorder.exchange.tree import Node
from foodorder.rules.errors import N_, Refusal

#: How much of what was not understood is kept.
MOST_UNREAD, LONGEST_UNREAD = 200, 200


class NotTakenOver(Refusal):
    """Something that changes what is to be paid, and that the model does not know."""

    message = N_("The invoice has %(what)s, which cannot be taken over. Enter it by hand.")


@dataclass(frozen=True, slots=True)
class Unread:
    """A value that was not understood: where it stands, and what it says."""

    path: str
    text: str


class Walk:
    """A walk through a document that remembers which values were taken."""

    def __init__(self, root: Node, namespaces: dict[str, str]) -> None:
        self.root = root
        self._namespaces = namespaces
        self._taken: set[Node] = set()

    def each(self, at: Node, path: str) -> list[Node]:
        """All elements at a path."""
        return at.findall(path, self._namespaces)

    def first(self, at: Node, path: str) -> Node | None:
        """The first element at a path."""
        return at.find(path, self._namespaces)

    def peek(self, at: Node, path: str) -> str | None:
        """The text at a path, without taking it."""
        found = self.first(at, path)
        return (clean(found.text or "") or None) if found is not None else None

    def take(self, at: Node, path: str) -> str | None:
        """The text at a path; None when there is none."""
        return self.take_this(self.first(at, path))

    def take_this(self, found: Node | None) -> str | None:
        """The text of an element; None when there is none."""
        if found is None:
            return None
        self._taken.add(found)
        return clean(found.text or "") or None

    def need(self, at: Node, path: str, what: str) -> str:
        """The text at a path. Raises Incomplete when there is none; `what` is its number in EN 16931."""
        text = self.take(at, path)
        if text is None:
            raise Incomplete(what=what)
        return text

    def unread(self) -> tuple[Unread, ...]:
        """What was not taken, in the order of the document; of foreign namespaces the outermost element
        alone.
        """
        return tuple(found for found, _ in zip(self._left(self.root), range(MOST_UNREAD), strict=False))

    def _left(self, at: Node) -> Iterator[Unread]:
        for node in at:
            if etree.QName(node).namespace not in self._namespaces.values():
                yield Unread(self._path(node), "")
            elif len(node):
                yield from self._left(node)
            elif node not in self._taken and (text := clean(node.text or "")):
                yield Unread(self._path(node), shortened(text, LONGEST_UNREAD))

    def _path(self, node: Node) -> str:
        names = [etree.QName(one).localname for one in (*reversed(list(node.iterancestors())), node)]
        return "/".join(names)
