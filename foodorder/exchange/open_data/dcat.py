"""The catalogue of open data after DCAT-AP 3, the European profile that data portals harvest.

Source: SEMICeu DCAT-AP 3.0; values are those of the vocabularies of the Publications Office of the EU.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from foodorder.exchange.open_data.graph import Iri, Node, Object, Text

AUTHORITY = "http://publications.europa.eu/resource/authority"
LICENCE = f"{AUTHORITY}/licence/CC_BY_4_0"
PUBLIC = f"{AUTHORITY}/access-right/PUBLIC"
SLOVENIA = f"{AUTHORITY}/country/SVN"
LANGUAGES = {"sl": f"{AUTHORITY}/language/SLV", "en": f"{AUTHORITY}/language/ENG"}
#: Form of a file → (its file type in the authority's table, its media type at IANA).
FORMS = {
    "csv": ("CSV", "text/csv"),
    "json": ("JSON", "application/json"),
    "zip": ("ZIP", "application/zip"),
    "atom": ("ATOM", "application/atom+xml"),
    "txt": ("TXT", "text/plain"),
}
NUTS = "http://data.europa.eu/nuts/code"


@dataclass(frozen=True, slots=True)
class Agency:
    """Who publishes: a name and, where there is one, the address for questions."""

    address: str
    name: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One form of a data set; `standard` is the address of what it conforms to."""

    address: str
    title: str
    form: str
    standard: str | None = None


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set; texts in Slovene and English, `nuts` and `municipality` say where it is about."""

    address: str
    page: str
    titles: dict[str, str]
    descriptions: dict[str, str]
    keywords: dict[str, Sequence[str]]
    publisher: Agency
    nuts: str | None
    municipality: tuple[str, str] | None
    #: Code of the frequency in the authority's table: WEEKLY, DAILY.
    frequency: str
    first_day: date
    last_day: date
    modified: date
    files: Sequence[File]
    #: Codes of themes: AGRI, GOVE, ECON.
    themes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All data sets of an installation."""

    address: str
    home: str
    titles: dict[str, str]
    descriptions: dict[str, str]
    publisher: Agency
    modified: date
    sets: Sequence[DataSet]


def nodes(catalogue: Catalogue) -> list[Node]:
    """The catalogue as statements: itself, its data sets, their files, their publishers."""
    agencies = {one.publisher.address: one.publisher for one in catalogue.sets}
    agencies[catalogue.publisher.address] = catalogue.publisher
    return [
        _catalogue(catalogue),
        *(_data_set(one) for one in catalogue.sets),
        *(_file(one, file) for one in catalogue.sets for file in one.files),
        *(_agency(one) for one in agencies.values()),
    ]


def _catalogue(one: Catalogue) -> Node:
    return Node(
        one.address,
        "dcat:Catalog",
        [
            *_texts("dct:title", one.titles),
            *_texts("dct:description", one.descriptions),
            ("dct:publisher", Iri(one.publisher.address)),
            ("foaf:homepage", Iri(one.home)),
            *(("dct:language", Iri(language)) for language in LANGUAGES.values()),
            ("dct:license", Iri(LICENCE)),
            ("dct:modified", _day(one.modified)),
            ("dct:spatial", Iri(SLOVENIA)),
            *(("dcat:dataset", Iri(data.address)) for data in one.sets),
        ],
    )


def _data_set(one: DataSet) -> Node:
    return Node(
        one.address,
        "dcat:Dataset",
        [
            *_texts("dct:title", one.titles),
            *_texts("dct:description", one.descriptions),
            *(
                ("dcat:keyword", Text(word, language))
                for language, words in one.keywords.items()
                for word in words
            ),
            ("dct:identifier", Text(one.address)),
            ("dct:publisher", Iri(one.publisher.address)),
            *_contact(one.publisher),
            *(("dcat:theme", Iri(f"{AUTHORITY}/data-theme/{theme}")) for theme in one.themes),
            ("dct:accessRights", Iri(PUBLIC)),
            ("dct:accrualPeriodicity", Iri(f"{AUTHORITY}/frequency/{one.frequency}")),
            *(("dct:language", Iri(LANGUAGES[language])) for language in one.titles),
            *_places(one),
            ("dct:temporal", _period(one.first_day, one.last_day)),
            ("dct:modified", _day(one.modified)),
            ("dcat:landingPage", Iri(one.page)),
            *(("dcat:distribution", Iri(file.address + "#file")) for file in one.files),
        ],
    )


def _file(of: DataSet, file: File) -> Node:
    kind, media_type = FORMS[file.form]
    standard: list[tuple[str, Object]] = []
    if file.standard:
        standard = [("dct:conformsTo", Iri(file.standard))]
    return Node(
        file.address + "#file",
        "dcat:Distribution",
        [
            ("dct:title", Text(file.title, "en")),
            ("dcat:accessURL", Iri(file.address)),
            ("dcat:downloadURL", Iri(file.address)),
            ("dct:format", Iri(f"{AUTHORITY}/file-type/{kind}")),
            ("dcat:mediaType", Iri(f"http://www.iana.org/assignments/media-types/{media_type}")),
            ("dct:license", Iri(LICENCE)),
            ("dct:modified", _day(of.modified)),
            *standard,
        ],
    )


def _agency(one: Agency) -> Node:
    return Node(one.address, "foaf:Agent", [("foaf:name", Text(one.name, "sl"))])


def _contact(one: Agency) -> list[tuple[str, Object]]:
    if not one.email:
        return []
    named: list[tuple[str, Object]] = [
        ("vcard:fn", Text(one.name)),
        ("vcard:hasEmail", Iri(f"mailto:{one.email}")),
    ]
    return [("dcat:contactPoint", Node("", "vcard:Organization", named))]


def _places(one: DataSet) -> list[tuple[str, Object]]:
    found: list[tuple[str, Object]] = [("dct:spatial", Iri(f"{NUTS}/{one.nuts}"))] if one.nuts else []
    if one.municipality:
        code, name = one.municipality
        # The official code of a Slovene municipality is its LAU code.
        identifier = Node("", "adms:Identifier", [("skos:notation", Text(f"SI{code}"))])
        named: list[tuple[str, Object]] = [
            ("locn:geographicName", Text(name, "sl")),
            ("adms:identifier", identifier),
        ]
        found.append(("dct:spatial", Node("", "dct:Location", named)))
    return found


def _period(first: date, last: date) -> Node:
    return Node("", "dct:PeriodOfTime", [("dcat:startDate", _day(first)), ("dcat:endDate", _day(last))])


def _day(day: date) -> Text:
    return Text(day.isoformat(), datatype="xsd:date")


def _texts(predicate: str, texts: dict[str, str]) -> list[tuple[str, Object]]:
    return [(predicate, Text(words, language)) for language, words in texts.items()]
