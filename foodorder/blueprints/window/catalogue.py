"""The catalogue for data portals (DCAT-AP), and the list of pages for search engines."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import url_for
from lxml import etree
from werkzeug.wrappers import Response

from foodorder.accounts.models import Municipality
from foodorder.accounts.municipalities import every_municipality
from foodorder.audit.window.scope import scope_of
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.shared.page import site
from foodorder.blueprints.window.counter import absolute, bp, today, years_of_each
from foodorder.blueprints.window.data import contracting_addresses
from foodorder.exchange.open_data import dcat
from foodorder.exchange.open_data.graph import Node, json_ld, rdf_xml, turtle
from foodorder.language import DEFAULT, LANGUAGES

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
FISCAL = "https://specs.frictionlessdata.io/fiscal-data-package/"
OCDS = "https://standard.open-contracting.org/1.1/en/"


def _json(nodes: Sequence[Node]) -> str:
    return json.dumps(json_ld(nodes), ensure_ascii=False, indent=1)


#: Ending → media type and the spelling of the statements.
SPELLINGS: dict[str, tuple[str, Callable[[Sequence[Node]], str | bytes]]] = {
    "ttl": ("text/turtle; charset=utf-8", turtle),
    "jsonld": ("application/ld+json; charset=utf-8", _json),
    "rdf": ("application/rdf+xml; charset=utf-8", rdf_xml),
}


@bp.get("/catalog.<any(ttl, jsonld, rdf):spelling>")
@public
def catalogue(spelling: str) -> Any:
    """All data sets of all open windows."""
    media_type, spell = SPELLINGS[spelling]
    return Response(spell(dcat.nodes(catalogue_of(_open()))), content_type=media_type)


def _open() -> list[Municipality]:
    return [one for one in every_municipality(active=True) if one.public_window]


def catalogue_of(municipalities: list[Municipality]) -> dcat.Catalogue:
    """The catalogue of these windows."""
    home = absolute("window.index")
    years = years_of_each(one.id for one in municipalities)
    return dcat.Catalogue(
        address=f"{site()}/open#catalogue",
        home=home,
        titles={"sl": "Hrana v javnih kuhinjah", "en": "Food of public kitchens"},
        descriptions={
            "sl": "Kaj javne kuhinje kupujejo, od kod, po kateri ceni in kako zeleno.",
            "en": "What public kitchens buy, from where, at what price and how green.",
        },
        publisher=dcat.Agency(f"{site()}/open#publisher", "foodorder"),
        modified=today(),
        sets=[_data_set(one, years.get(one.id) or [today().year]) for one in municipalities],
    )


def _data_set(municipality: Municipality, years: list[int]) -> dcat.DataSet:
    page = absolute("window.open_data", code=municipality.code)
    name = municipality.name
    return dcat.DataSet(
        address=f"{page.partition('?')[0]}#data",
        page=page,
        titles={"sl": f"Hrana v javnih kuhinjah – {name}", "en": f"Food of public kitchens – {name}"},
        descriptions={
            "sl": "Nakupi hrane šol, vrtcev in domov po mesecih, ponudnikih in živilih; deleži ekološke in"
            " lokalne hrane; cene.",
            "en": "Purchases of food by schools, kindergartens and homes by month, supplier and food; shares"
            " of organic and local food; prices.",
        },
        keywords={
            "sl": ("javno naročanje", "prehrana", "šole", "vrtci", "lokalna hrana", "ekološka hrana"),
            "en": ("public procurement", "food", "schools", "kindergartens", "local food", "organic food"),
        },
        publisher=dcat.Agency(
            absolute("window.municipality", code=municipality.code).partition("?")[0] + "#publisher",
            f"Občina {name}",
            municipality.contact_email,
        ),
        nuts=municipality.region,
        municipality=(municipality.code, name),
        frequency="WEEKLY",
        first_day=date(min(years), 1, 1),
        last_day=date(max(years), 12, 31),
        modified=today(),
        files=_files(municipality, years),
        themes=("GOVE", "AGRI", "ECON"),
    )


def _files(municipality: Municipality, years: list[int]) -> list[dcat.File]:
    code, found = municipality.code, []
    for year in years:
        for endpoint, form, title, standard in (
            ("spend_file", "csv", "Spend", None),
            ("fiscal", "json", "Fiscal Data Package", FISCAL),
            ("shares_file", "csv", "Shares of organic and local food", None),
            ("prices_file", "csv", "Prices", None),
        ):
            address = absolute(f"window.{endpoint}", code=code, year=year)
            found.append(dcat.File(address, f"{title} {year}", form, standard))
    for year, address in contracting_addresses(municipality).items():
        found.append(dcat.File(site() + address, f"Open contracting {year}", "json", OCDS))
    feed = absolute("window.atom_feed", code=code)
    return [*found, dcat.File(feed, "New records", "atom", "https://www.rfc-editor.org/info/rfc4287")]


@bp.get("/sitemap.xml")
@public
def sitemap() -> Any:
    """Every page of every open window, in each language."""
    root = etree.Element(f"{{{SITEMAP}}}urlset", nsmap={None: SITEMAP})  # type: ignore[dict-item]
    known = _open()
    pages: list[tuple[str, dict[str, Any]]] = [
        ("window.index", {}),
        ("window.season_calendar", {}),
        ("window.trail_heads", {}),
    ]
    pages += [
        (f"window.{name}", {"code": one.code})
        for one in known
        for name in ("municipality", "prices", "suppliers", "open_data")
    ]
    codes = {one.id: one.code for one in known}
    pages += [
        ("window.kitchen", {"code": codes[one.municipality_id], "kitchen": one.code})
        for one in scope_of(known).kitchens
        if one.active
    ]
    for endpoint, values in pages:
        for language in LANGUAGES:
            spoken: dict[str, Any] = {} if language == DEFAULT else {"lang": language}
            url = etree.SubElement(root, f"{{{SITEMAP}}}url")
            address = site() + url_for(endpoint, **values, **spoken)
            etree.SubElement(url, f"{{{SITEMAP}}}loc").text = address
    content = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return Response(content, content_type="application/xml; charset=utf-8")
