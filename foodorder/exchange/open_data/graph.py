"""A small graph of statements (RDF), and its three spellings: Turtle, JSON-LD and RDF/XML.

A node is a subject with its types and statements; a statement's object is an address, a text with a language
or a datatype, or a node of its own. Enough for a catalogue; nothing is read.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

NAMESPACES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "locn": "http://www.w3.org/ns/locn#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
RDF = NAMESPACES["rdf"]
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Iri:
    """An address of something."""

    address: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text in a language, or of a datatype (as "xsd:date"), or plain."""

    words: str
    language: str = ""
    datatype: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A subject: its address (empty: it has none), its type, its statements as (predicate, object)."""

    address: str
    kind: str
    statements: Sequence[tuple[str, "Iri | Text | Node"]] = field(default_factory=tuple)


Object = Iri | Text | Node


def turtle(nodes: Sequence[Node]) -> str:
    """The nodes as Turtle."""
    head = "".join(
        f"@prefix {name}: <{address}> .\n" for name, address in NAMESPACES.items() if name != "rdf"
    )
    return head + "".join(f"\n<{_iri(node.address)}> {_turtle_body(node, 1)} .\n" for node in nodes)


def _turtle_body(node: Node, depth: int) -> str:
    indent = "    " * depth
    parts = [f"a {node.kind}"]
    parts += [f"{predicate} {_turtle_object(one, depth)}" for predicate, one in node.statements]
    return f" ;\n{indent}".join(parts)


def _turtle_object(one: Object, depth: int) -> str:
    if isinstance(one, Iri):
        return f"<{_iri(one.address)}>"
    if isinstance(one, Text):
        quoted = json.dumps(one.words, ensure_ascii=False)
        return quoted + (f"@{one.language}" if one.language else f"^^{one.datatype}" if one.datatype else "")
    return f"[ {_turtle_body(one, depth + 1)} ]"


def _iri(address: str) -> str:
    """Signs that may not stand between < and > are written by their code."""
    return "".join(f"%{ord(sign):02X}" if sign in ' <>"{}|\\^`' else sign for sign in address)


def json_ld(nodes: Sequence[Node]) -> dict[str, Any]:
    """The nodes as JSON-LD 1.1."""
    context = {name: address for name, address in NAMESPACES.items() if name != "rdf"}
    return {"@context": context, "@graph": [_json_node(node) for node in nodes]}


def _json_node(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {"@id": node.address} if node.address else {}
    found["@type"] = node.kind
    for predicate, one in node.statements:
        value = _json_object(one)
        if predicate not in found:
            found[predicate] = value
        elif isinstance(found[predicate], list):
            found[predicate].append(value)
        else:
            found[predicate] = [found[predicate], value]
    return found


def _json_object(one: Object) -> Any:
    if isinstance(one, Iri):
        return {"@id": one.address}
    if isinstance(one, Node):
        return _json_node(one)
    if one.language:
        return {"@value": one.words, "@language": one.language}
    return {"@value": one.words, "@type": one.datatype} if one.datatype else one.words


def rdf_xml(nodes: Sequence[Node]) -> bytes:
    """The nodes as RDF/XML."""
    root = etree.Element(f"{{{RDF}}}RDF", nsmap=NAMESPACES)
    for node in nodes:
        _xml_node(root, node)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _xml_node(parent: Any, node: Node) -> None:
    element = etree.SubElement(parent, _name(node.kind))
    if node.address:
        element.set(f"{{{RDF}}}about", node.address)
    for predicate, one in node.statements:
        statement = etree.SubElement(element, _name(predicate))
        if isinstance(one, Iri):
            statement.set(f"{{{RDF}}}resource", one.address)
        elif isinstance(one, Node):
            _xml_node(statement, one)
        else:
            statement.text = one.words
            if one.language:
                statement.set(XML_LANG, one.language)
            elif one.datatype:
                statement.set(f"{{{RDF}}}datatype", full(one.datatype))


def full(short: str) -> str:
    """The whole address of a short name: dct:title → http://purl.org/dc/terms/title."""
    prefix, _colon, name = short.partition(":")
    return NAMESPACES[prefix] + name


def _name(short: str) -> str:
    prefix, _colon, name = short.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{name}"


def statements(nodes: Sequence[Node]) -> Iterator[tuple[str, str, str]]:
    """Every statement of named nodes about named things, in full: (subject, predicate, object)."""
    for node in nodes:
        yield node.address, full("rdf:type"), full(node.kind)
        for predicate, one in node.statements:
            if not isinstance(one, Node):
                yield node.address, full(predicate), one.address if isinstance(one, Iri) else one.words
