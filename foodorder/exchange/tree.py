"""Building XML from the leaves up: an element without content is left out, and its parent with it."""

from collections.abc import Iterable

from lxml import etree

Node = etree._Element
Nodes = Node | None | Iterable["Node | None"]


def filled(node: Node, content: Iterable[Nodes]) -> Node | None:
    """The element with its content; None when there is none."""
    for part in content:
        if isinstance(part, etree._Element):
            node.append(part)
        elif part is not None:
            node.extend([one for one in part if one is not None])
    return node if len(node) else None


def as_bytes(root: Node, prefixes: Iterable[str] = ()) -> bytes:
    """The document, the same bytes for the same content."""
    etree.cleanup_namespaces(root, keep_ns_prefixes=list(prefixes))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
