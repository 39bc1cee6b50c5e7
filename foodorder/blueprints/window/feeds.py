"""Feeds of a municipality's new records, for readers of news and for programs."""

import json
from typing import Any

from werkzeug.wrappers import Response

from foodorder.audit.window.news import News, news
from foodorder.audit.window.scope import Scope
from foodorder.blueprints.shared.access import public
from foodorder.blueprints.window.counter import absolute, bp, window_of
from foodorder.blueprints.window.town import CODE, kitchen_of
from foodorder.blueprints.window.words import seller
from foodorder.exchange.open_data.feeds import ATOM_TYPE, JSON_TYPE, Entry, Feed, atom, json_feed
from foodorder.language import formats, gettext, ngettext, speaking


@bp.get(f"/{CODE}/records.atom")
@public
def atom_feed(code: str) -> Any:
    """The newest records as Atom."""
    return Response(atom(feed_of(window_of(code), "window.atom_feed")), content_type=ATOM_TYPE)


@bp.get(f"/{CODE}/records.json")
@public
def json_feed_of(code: str) -> Any:
    """The newest records as JSON Feed."""
    feed = json_feed(feed_of(window_of(code), "window.json_feed_of"))
    return Response(json.dumps(feed, ensure_ascii=False, indent=1), content_type=JSON_TYPE)


def feed_of(scope: Scope, own: str) -> Feed:
    """The feed of a municipality, in the municipality's language."""
    [municipality] = scope.municipalities
    code = municipality.code
    with speaking(municipality.language, municipality.zone):
        return Feed(
            id=absolute("window.atom_feed", code=code),
            title=gettext("New records of public kitchens: %(municipality)s", municipality=municipality.name),
            author=municipality.name,
            language=municipality.language,
            page=absolute("window.municipality", code=code),
            own=absolute(own, code=code),
            entries=[_entry(scope, code, one) for one in news(scope)],
        )


def _entry(scope: Scope, code: str, one: News) -> Entry:
    kitchen = kitchen_of(scope, one.institution_id)
    page = absolute("window.kitchen", code=code, kitchen=kitchen.code, week=one.week.isoformat())
    lines = ngettext("%(count)s line", "%(count)s lines", one.lines, count=one.lines)
    summary = gettext(
        "%(supplier)s, week of %(week)s: %(lines)s, %(weight)s, %(sum)s without VAT.",
        supplier=seller(one.seller), week=formats.days_between(one.week, one.week, year=True), lines=lines,
        weight=formats.weight(one.grams), sum=formats.money(one.net_cents),
    )  # fmt: skip
    return Entry(
        id=f"{page}#{one.number}",
        url=page,
        title=f"{one.number} – {kitchen.short_name}",
        summary=summary,
        at=one.recorded_at,
    )
