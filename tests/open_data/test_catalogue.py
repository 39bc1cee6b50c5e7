"""The catalogue for portals: one graph in three spellings, with what DCAT-AP asks for."""

import json
import re
from datetime import date
from typing import Any

import pytest
from lxml import etree

from foodorder.exchange.open_data.dcat import Agency, Catalogue, DataSet, File, nodes
from foodorder.exchange.open_data.graph import (
    NAMESPACES,
    RDF,
    Iri,
    Node,
    Text,
    full,
    json_ld,
    rdf_xml,
    statements,
    turtle,
)

HOME = "https://hrana.example/open"
DAY = date(2026, 11, 21)
TOWN = Agency(f"{HOME}/052#publisher", "Občina Kranj", "hrana@kranj.example")


def catalogue() -> Catalogue:
    files = [
        File(f"{HOME}/052/2026/spend.csv", "Spend 2026", "csv"),
        File(f"{HOME}/052/records.atom", 'New "records"', "atom", "https://www.rfc-editor.org/info/rfc4287"),
    ]
    data = DataSet(
        f"{HOME}/052/data#data", f"{HOME}/052/data", {"sl": "Hrana – Kranj", "en": "Food"},
        {"sl": "Č\nŠ", "en": "E"}, {"sl": ("šole", "vrtci"), "en": ("schools",)}, TOWN, "SI042",
        ("052", "Kranj"), "WEEKLY",
        date(2026, 1, 1), date(2026, 12, 31), DAY, files, ("GOVE", "AGRI"),
    )  # fmt: skip
    house = Agency(f"{HOME}#publisher", "foodorder")
    return Catalogue(f"{HOME}#catalogue", HOME, {"sl": "Hrana"}, {"sl": "Vse"}, house, DAY, [data])


def triples_of_json(document: dict[str, Any]) -> set[tuple[str, str, str]]:
    """(subject, predicate, object) of named nodes, read from JSON-LD by its own rules."""
    found = set()
    for node in document["@graph"]:
        found.add((node["@id"], RDF + "type", full(node["@type"])))
        for predicate, values in node.items():
            for value in values if isinstance(values, list) else [values]:
                if predicate.startswith("@") or (
                    isinstance(value, dict) and "@type" in value and "@value" not in value
                ):
                    continue
                told = value if isinstance(value, str) else value.get("@id") or value["@value"]
                found.add((node["@id"], full(predicate), told))
    return found


def triples_of_xml(content: bytes) -> set[tuple[str, str, str]]:
    found = set()
    for node in etree.fromstring(content):
        subject = str(node.get(f"{{{RDF}}}about"))
        found.add((subject, RDF + "type", re.sub(r"[{}]", "", str(node.tag))))
        for one in node:
            if len(one) == 0:
                told = one.get(f"{{{RDF}}}resource") or one.text or ""
                found.add((subject, re.sub(r"[{}]", "", str(one.tag)), str(told)))
    return found


def test_every_spelling_says_the_same() -> None:
    graph = nodes(catalogue())
    told = set(statements(graph))
    assert len(told) > 50
    assert triples_of_json(json.loads(json.dumps(json_ld(graph)))) == told
    assert triples_of_xml(rdf_xml(graph)) == told


def test_what_dcat_ap_asks_for_is_there() -> None:
    told: dict[str, set[str]] = {}
    for node in nodes(catalogue()):
        told.setdefault(node.kind, set()).update(predicate for predicate, _object in node.statements)
    assert told["dcat:Catalog"] >= {
        "dct:title",
        "dct:description",
        "dct:publisher",
        "dcat:dataset",
        "dct:license",
    }
    assert told["dcat:Dataset"] >= {
        "dct:title", "dct:description", "dct:publisher", "dcat:distribution", "dcat:keyword", "dcat:theme",
        "dct:spatial", "dct:temporal", "dct:accrualPeriodicity", "dcat:contactPoint",
    }  # fmt: skip
    assert told["dcat:Distribution"] >= {"dcat:accessURL", "dct:format", "dct:license"}
    assert told["foaf:Agent"] == {"foaf:name"}


def test_everything_that_is_pointed_at_in_the_catalogue_is_told_in_it() -> None:
    graph = nodes(catalogue())
    known = {node.address for node in graph}
    pointed = {
        one.address
        for node in graph
        for predicate, one in node.statements
        if isinstance(one, Iri) and predicate in ("dcat:dataset", "dcat:distribution", "dct:publisher")
    }
    assert pointed
    assert pointed <= known


def test_turtle_is_escaped() -> None:
    text = turtle([Node("https://a.example/x y", "dcat:Dataset", [("dct:title", Text('a "b"\n\\c', "sl"))])])
    assert '<https://a.example/x%20y> a dcat:Dataset ;\n    dct:title "a \\"b\\"\\n\\\\c"@sl .' in text
    assert all(
        f"@prefix {name}: <{address}> ." in text for name, address in NAMESPACES.items() if name != "rdf"
    )


@pytest.mark.parametrize("spell", [turtle, rdf_xml, lambda graph: json.dumps(json_ld(graph))])
def test_the_address_for_questions_is_told(spell: Any) -> None:
    told = spell(nodes(catalogue()))
    assert "mailto:hrana@kranj.example" in (told if isinstance(told, str) else told.decode())
