"""What the pages of the public window share: whose window, which year, and how long caches keep an answer.

An answer carries a mark (ETag) of what it was made from: the newest act of the trail, its newest seal and the
hour. Whoever asks again with the mark is told that nothing has changed before anything is computed.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from importlib.metadata import version
from typing import Any

from flask import Blueprint, abort, g, request, url_for
from sqlalchemy import text
from werkzeug.wrappers import Response

from foodorder.accounts.models import Municipality
from foodorder.accounts.municipalities import by_code
from foodorder.audit.window.scope import Scope, scope_of
from foodorder.blueprints.shared.page import site
from foodorder.db import clock, db
from foodorder.language import DEFAULT, get_locale
from foodorder.language.times import local

bp = Blueprint("window", __name__, url_prefix="/open")

#: Seconds that a cache keeps an answer without asking, and that it may give an old one while it asks.
FRESH, STALE = 300, 3_600
CACHED = f"public, max-age={FRESH}, stale-while-revalidate={STALE}"

#: What an address may ask besides its language; nothing else of it is ever written into a link.
QUESTIONS = ("week", "year")

_STATE = text("""
SELECT coalesce((SELECT max(id) FROM trail_event), 0) AS event,
       coalesce((SELECT max(id) FROM trail_block), 0) AS block, foodorder_clock() AS now
""")

_YEARS = text("""
SELECT municipality_id, min(week) AS first, max(week) AS last FROM cycle
 WHERE municipality_id = ANY(CAST(:municipalities AS integer[])) AND state IN ('recorded', 'settled')
 GROUP BY municipality_id
""")
LAST_DAY = timedelta(days=6)


@bp.before_request
def unchanged() -> Response | None:
    """Answer that nothing has changed, if that is so."""
    row = db.session.execute(_STATE).one()
    g.now = row.now
    told = f"{version('foodorder')} {row.event} {row.block} {row.now:%Y-%m-%dT%H}"
    g.mark = hashlib.sha256(told.encode()).hexdigest()[:20]
    if request.if_none_match.contains_weak(g.mark):
        return Response(status=304)
    return None


@bp.after_request
def keep(answer: Response) -> Response:
    """Let caches keep what was found; data may be read by pages of others too."""
    if answer.status_code in (200, 304):
        answer.headers["Cache-Control"] = CACHED
        answer.set_etag(g.mark, weak=True)
        if answer.mimetype != "text/html":
            answer.headers["Access-Control-Allow-Origin"] = "*"
            answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@bp.url_defaults
def keep_language(endpoint: str, values: dict[str, Any]) -> None:
    """Links lead on in the reader's language; files have one for all."""
    if get_locale().language != DEFAULT and endpoint not in FILES:
        values.setdefault("lang", get_locale().language)


#: What is read by programs, and has no language.
FILES = {
    "window.spend_file", "window.shares_file", "window.prices_file", "window.fiscal", "window.head_file",
    "window.atom_feed", "window.json_feed_of", "window.catalogue", "window.sitemap",
}  # fmt: skip


def window_of(code: str) -> Scope:
    """The municipality with this official code; 404 where its window is not open."""
    municipality = by_code(code)
    if municipality is None or not municipality.active:
        abort(404)
    return opened([municipality])


def opened(municipalities: list[Municipality]) -> Scope:
    """Those windows that are open; 404 without any."""
    found = scope_of(municipalities)
    return found if found.municipalities else abort(404)


def today() -> date:
    """The day of the reader."""
    return local(now()).date()


def now() -> datetime:
    """The moment of this request."""
    moment: datetime = g.now if "now" in g else clock()
    return moment


def years_of_each(municipalities: Iterable[int]) -> dict[int, list[int]]:
    """The years of recorded weeks of each municipality that has any, newest first."""
    rows = db.session.execute(_YEARS, {"municipalities": list(municipalities)})
    return {
        row.municipality_id: list(range((row.last + LAST_DAY).year, row.first.year - 1, -1)) for row in rows
    }


def years_of(scope: Scope) -> list[int]:
    """The years of recorded weeks, newest first; this year where there is none yet."""
    found = {year for years in years_of_each(scope.municipality_ids).values() for year in years}
    return sorted(found, reverse=True) or [today().year]


def chosen_year(years: list[int]) -> int:
    """The year that the address asks for, else this one, else the newest before it."""
    asked = request.args.get("year", type=int)
    if asked in years:
        return int(asked)
    return next((year for year in years if year <= today().year), years[-1])


def known_year(scope: Scope, year: int) -> int:
    """A year with spend; 404 for others."""
    return year if year in years_of(scope) else abort(404)


def absolute(endpoint: str, **values: Any) -> str:
    """The whole address of a page."""
    return site() + url_for(endpoint, **values)


def in_language(language: str, *, whole: bool = False) -> str:
    """This page in another language: its address, `whole` with the name of the installation."""
    kept = {name: request.args[name] for name in QUESTIONS if name in request.args}
    values = {**kept, **(request.view_args or {})}
    values["lang"] = None if language == DEFAULT else language
    return (absolute if whole else url_for)(request.endpoint or "window.index", **values)


@bp.app_context_processor
def around() -> dict[str, Any]:
    """What every page of the window needs, those of other counters below /open too."""
    return {"in_language": in_language}
