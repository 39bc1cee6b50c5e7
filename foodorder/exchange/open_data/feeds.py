"""Feeds of news: Atom (RFC 4287) and JSON Feed 1.1, from one model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
ATOM_TYPE, JSON_TYPE = "application/atom+xml; charset=utf-8", "application/feed+json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Entry:
    """One news: `id` never changes and never comes back for something else (a tag URI)."""

    id: str
    url: str
    title: str
    summary: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: whose, at which page and at which address of its own; newest first."""

    id: str
    title: str
    author: str
    language: str
    page: str
    own: str
    entries: Sequence[Entry]
    #: When nothing has happened yet.
    since: datetime = datetime(2020, 1, 1, tzinfo=UTC)

    @property
    def updated(self) -> datetime:
        """When the newest entry came."""
        return max((entry.at for entry in self.entries), default=self.since)


def atom(feed: Feed) -> bytes:
    """The feed as Atom."""
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]
    root.set("{http://www.w3.org/XML/1998/namespace}lang", feed.language)
    _tell(root, ("id", feed.id), ("title", feed.title), ("updated", _time(feed.updated)))
    _link(root, "self", feed.own, "application/atom+xml")
    _link(root, "alternate", feed.page, "text/html")
    _tell(etree.SubElement(root, f"{{{ATOM}}}author"), ("name", feed.author))
    for one in feed.entries:
        entry = etree.SubElement(root, f"{{{ATOM}}}entry")
        _tell(
            entry, ("id", one.id), ("title", one.title), ("updated", _time(one.at)),
            ("published", _time(one.at)), ("summary", one.summary),
        )  # fmt: skip
        _link(entry, "alternate", one.url, "text/html")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def json_feed(feed: Feed) -> dict[str, Any]:
    """The feed as JSON Feed."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.own,
        "language": feed.language,
        "authors": [{"name": feed.author}],
        "items": [
            {
                "id": one.id,
                "url": one.url,
                "title": one.title,
                "content_text": one.summary,
                "date_published": _time(one.at),
            }
            for one in feed.entries
        ],
    }


def _tell(parent: Any, *texts: tuple[str, str]) -> None:
    for name, text in texts:
        etree.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def _link(parent: Any, rel: str, target: str, kind: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}link", rel=rel, href=target, type=kind)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
