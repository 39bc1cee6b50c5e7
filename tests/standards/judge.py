"""The official schemas and rules, run on what we write. They stay where they are: beside the repository."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

from foodorder.config import PROJECT

STANDARDS = PROJECT.parent / "shared" / "standards"
_FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"


@dataclass(frozen=True)
class Kind:
    """What a kind of document is judged by: a schema by the name of the root, and the rules in their
    order.
    """

    schemas: dict[str, str]
    rules: tuple[str, ...]
    #: A stylesheet that renames the document to what the rules read.
    renamed_by: str | None = None


def _ubl(name: str) -> dict[str, str]:
    return {name: f"ubl-2.1/maindoc/UBL-{name}-2.1.xsd"}


_CEN = "en16931-1.3.16/xslt/EN16931-UBL-validation.xslt"
_PEPPOL = "peppol-2026.5/xslt/"
KINDS = {
    "eslog": Kind(
        {"Invoice": "eslog-2.0/eSLOG20_INVOIC_v200.xsd"},
        ("en16931-1.3.16/edifact/EN16931-EDIFACT-validation.xslt",),
        "eslog-2.0/eslog20-to-edifact-d14b.xsl",
    ),
    "ubl": Kind({**_ubl("Invoice"), **_ubl("CreditNote")}, (_CEN, f"{_PEPPOL}PEPPOL-EN16931-UBL.xslt")),
    "order": Kind(_ubl("Order"), (f"{_PEPPOL}PEPPOLBIS-T01.xslt",)),
    "response": Kind(_ubl("OrderResponse"), (f"{_PEPPOL}PEPPOLBIS-T76.xslt",)),
    "despatch": Kind(_ubl("DespatchAdvice"), (f"{_PEPPOL}PEPPOLBIS-T16.xslt",)),
}


def verdict(kind: str, content: bytes) -> list[str]:
    """The rules that a document breaks, warnings aside: “XSD …” alone when it breaks its schema already."""
    by = KINDS[kind]
    root = etree.fromstring(content)
    schema = _schema(STANDARDS / by.schemas[etree.QName(root).localname])
    if not schema.validate(root):
        return [f"XSD {error.message}" for error in schema.error_log]
    judged = _renaming(STANDARDS / by.renamed_by)(root) if by.renamed_by else root
    text = etree.tostring(judged, encoding="unicode")
    return [broken for rules in by.rules for broken in _broken(STANDARDS / rules, text)]


@cache
def _schema(path: Path) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(path))


@cache
def _renaming(path: Path) -> etree.XSLT:
    return etree.XSLT(etree.parse(str(path)))


@cache
def _processor() -> PySaxonProcessor:
    """One for the process; it has no network to reach, and the tests none either."""
    return PySaxonProcessor(license=False)


@cache
def _rules(path: Path) -> PyXsltExecutable:
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))


def _broken(rules: Path, text: str) -> list[str]:
    report = _rules(rules).transform_to_string(xdm_node=_processor().parse_xml(xml_text=text))
    return [
        failed.get("id") or " ".join("".join(failed.itertext()).split())
        for failed in etree.fromstring(report.encode()).iter(_FAILED)
        if failed.get("flag") != "warning"
    ]
