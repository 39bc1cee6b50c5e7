"""A test browser that judges every page it is shown: what nobody should have to remember to check.

The `app` fixture of tests/web and tests/guards hands it out; a page that breaks a rule fails the test that
opened it, with every fault at once.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

#: Fields that need no label: nobody sees them, or their value is their name.
UNLABELLED = {"hidden", "submit", "button", "image", "reset"}
#: What a loaded file is named by.
LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "manifest"}
#: Traces of a sentence or a value that was never filled in, as they would stand in the text of a page.
UNFILLED = re.compile(
    r"%\([a-z_]+\)|\{\{|\{%|\bN_\(|LazyProxy|Undefined|<function|<bound method|object at 0x"
)
#: The one page that may load another's script, and the script: a card is typed into Stripe's own field.
PAYING = re.compile(r"/kitchen/invoices/\d+/(card|card/look|debit)")
STRIPES_SCRIPT = re.compile(r'<script src="https?://[\w.:/]*js\.stripe\.com/v3/"></script>')
#: What the parser complains about although today's HTML allows it: there is nothing so far.
FORGIVEN: frozenset[str] = frozenset()


class JudgingClient(FlaskClient):
    """A browser that reads every HTML page it opens as a strict reviewer would."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Open a page; AssertionError names what is wrong with it."""
        answer = super().open(*args, **kwargs)
        if answer.mimetype == "text/html" and answer.data and not 300 <= answer.status_code < 400:
            page = answer.get_data(as_text=True)
            if PAYING.fullmatch(answer.request.path):
                page = STRIPES_SCRIPT.sub("", page)
            wrong = faults(page, answer.request.host)
            assert not wrong, f"{answer.request.method} {answer.request.path}: " + "; ".join(wrong)
        return answer


def faults(page: str, host: str = "localhost") -> list[str]:
    """Everything that is wrong with a page, in words; empty when nothing is."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    root: Element = parser.parse(page)
    lines = page.splitlines()
    found = [
        f"line {place[0]}: {code} {facts} near {_excerpt(lines, place)}"
        for place, code, facts in parser.errors
        if code not in FORGIVEN
    ]
    for rule in (_frame, _ids, _fields, _forms, _inline, _hosts, _names, _tables, _text):
        found += rule(root, host)
    return found


def _excerpt(lines: list[str], place: tuple[int, int]) -> str:
    line = lines[min(place[0], len(lines)) - 1] if lines else ""
    return repr(line[max(place[1] - 60, 0) : place[1] + 20])


def words(element: Element) -> str:
    """The text of an element as it is read, blanks made one."""
    return " ".join("".join(element.itertext()).split())


def _frame(root: Element, _host: str) -> Iterator[str]:
    """Language, one heading of the first level that is also in the window's title, no level left out."""
    if not root.get("lang"):
        yield "the page has no language"
    title = root.find("head/title")
    headings = [element for element in root.iter() if re.fullmatch("h[1-6]", str(element.tag))]
    first = [words(heading) for heading in headings if heading.tag == "h1"]
    if len(first) != 1 or not first[0]:
        yield f"{len(first)} h1 {first}"
    elif title is None or first[0] not in words(title):
        yield f"the title does not contain the h1 {first[0]!r}"
    if sum(1 for _ in root.iter("main")) != 1:
        yield "there is not one <main>"
    level = 0
    for heading in headings:
        depth = int(heading.tag[1])
        if depth > level + 1:
            yield f"heading {words(heading)!r} jumps from level {level} to {depth}"
        level = depth
        if not words(heading):
            yield f"an empty {heading.tag}"


def _ids(root: Element, _host: str) -> Iterator[str]:
    """Each id once; what refers to an id finds it."""
    ids = Counter(name for element in root.iter() if (name := element.get("id")) is not None)
    yield from (f"id {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    for element in root.iter():
        for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "list", "form"):
            for name in (element.get(attribute) or "").split():
                if name not in ids:
                    yield f"{attribute}={name!r} of <{element.tag}> leads nowhere"
        target = element.get("href") or ""
        if element.tag == "a" and target.startswith("#") and target[1:] not in ids:
            yield f"the link to {target!r} leads nowhere"


def _fields(root: Element, _host: str) -> Iterator[str]:
    """Whatever can be filled in says what it asks for."""
    labelled = {label.get("for") for label in root.iter("label") if words(label)}
    inside = {id(field) for label in root.iter("label") if words(label) for field in label.iter()}
    for tag in ("input", "select", "textarea"):
        for field in root.iter(tag):
            if field.get("type", "text") in UNLABELLED:
                continue
            named = field.get("aria-label") or field.get("aria-labelledby")
            if not named and field.get("id") not in labelled and id(field) not in inside:
                yield f"<{tag} name={field.get('name')!r} id={field.get('id')!r}> has no label"


def _forms(root: Element, _host: str) -> Iterator[str]:
    """A form says how and where it is sent; one that changes something carries its token, once."""
    for form in root.iter("form"):
        method, action = form.get("method"), form.get("action")
        if not method or not action:
            yield f"a form has method {method!r} and action {action!r}"
        tokens = [field for field in form.iter("input") if field.get("name") == "csrf_token"]
        wanted = int((method or "").lower() == "post")
        if len(tokens) != wanted or not all(token.get("value") for token in tokens):
            yield f"the {method} form to {action!r} has {len(tokens)} tokens"


def _inline(root: Element, _host: str) -> Iterator[str]:
    """The browser is told to refuse inline style and script; a page that has them would look broken."""
    for element in root.iter():
        if element.tag == "style" or (element.tag == "script" and element.text and element.text.strip()):
            kind = element.get("type", "")
            if element.tag == "style" or kind in ("", "module", "text/javascript"):
                yield f"an inline <{element.tag}>"
        for name in element.attrib:
            if name == "style" or (name.startswith("on") and name[2:].isalpha()):
                yield f"{name}={element.get(name)!r} on <{element.tag}>"


def _hosts(root: Element, host: str) -> Iterator[str]:
    """Nothing is loaded from, or sent to, anybody else."""
    for element in root.iter():
        named = {name for name in element.attrib if name in LOADING}
        if element.tag in ("link", "image", "use"):
            named.add("href")
        for name in named:
            address = urlsplit(element.get(name) or "")
            if address.scheme not in ("", "http", "https", "data") or address.netloc not in ("", host):
                yield f"{name}={element.get(name)!r} on <{element.tag}> is another's"


def _names(root: Element, _host: str) -> Iterator[str]:
    """Pictures, links and buttons are something to whoever cannot see them."""
    for image in root.iter("img"):
        if image.get("alt") is None:
            yield f"the image {image.get('src')!r} has no alt"
    for tag in ("a", "button", "summary"):
        for element in root.iter(tag):
            pictures = [image.get("alt") for image in element.iter("img") if image.get("alt")]
            named = words(element) or element.get("aria-label") or element.get("title") or pictures
            if not named:
                yield f"an empty <{tag} {element.attrib}>"
            if tag == "a" and not element.get("href"):
                yield f"the link {words(element)!r} leads nowhere"


def _tables(root: Element, _host: str) -> Iterator[str]:
    """A table names its columns or rows, and itself."""
    for table in root.iter("table"):
        if not any(words(head) for head in table.iter("th")):
            yield "a table without headings"
        caption = table.find("caption")
        named = (caption is not None and words(caption)) or table.get("aria-label")
        if not named and not table.get("aria-labelledby"):
            yield "a table without a name"


def _text(root: Element, _host: str) -> Iterator[str]:
    """No trace of a sentence that was not filled in, in the text or in what is read aloud."""
    body = root.find("body")
    texts = [words(body)] if body is not None else []
    for element in root.iter():
        texts += [
            value for name in ("title", "alt", "aria-label", "placeholder") if (value := element.get(name))
        ]
        own = (element.text or "").strip()
        if own in ("None", "True", "False"):
            yield f"<{element.tag}> reads {own!r}"
    for text in texts:
        for trace in UNFILLED.finditer(text):
            yield f"not filled in: {text[max(trace.start() - 30, 0) : trace.end() + 30]!r}"
