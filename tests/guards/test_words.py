"""Every sentence that a person can meet is there to be translated, and is translated."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from foodorder.config import PROJECT, resource
from foodorder.language import LANGUAGES

KEYWORDS = ("_", "_l", "N_", "NN_:1,2", "ngettext:1,2", "pgettext:1c,2", "lazy_gettext")
TRANSLATED = [language for language in LANGUAGES if language != "en"]
#: Plural forms of each language: Slovene has one, two, three or four, and more.
FORMS = {"sl": 4, "it": 2}
PLACEHOLDER = re.compile(r"%\((\w+)\)")

#: Attributes that are read aloud or shown.
READ = {"title", "alt", "aria-label", "placeholder"}
#: Words that are the same in every language, or are not for readers.
SAME_EVERYWHERE = {
    "foodorder", "PDF", "CSV", "XLSX", "EUR", "GTIN", "IBAN", "KMG-MID", "CPV", "QR", "SHA-256", "km", "kg",
}  # fmt: skip
#: Degrees, the path of a link in a mail, and attributes that a template puts together before their tag.
NOT_WORDS = re.compile(r"°C|·?/[\w·/-]+|[a-z-]+=\"[^\"]*\"")
#: Templates that no reader opens → why.
NOT_FOR_READERS = {"styleguide.html": "shown to those who write templates"}

ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
TEMPLATES = sorted(path for path in resource("templates").rglob("*") if path.suffix in (".html", ".txt"))


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every sentence that stands in programs and templates."""
    target = tmp_path_factory.mktemp("words") / "messages.pot"
    program = Path(sys.executable).with_name("pybabel")
    keywords = [part for keyword in KEYWORDS for part in ("-k", keyword)]
    command = [program, "-q", "extract", "-F", "babel.cfg", *keywords, "-o", target, "."]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with target.open("rb") as text:
        return read_po(text)


def sentences(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def test_there_is_something_to_say(extracted: Catalog) -> None:
    assert len(list(sentences(extracted))) > 500


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_untranslated(extracted: Catalog, language: str) -> None:
    source = PROJECT / "foodorder" / "translations" / language / "LC_MESSAGES" / "messages.po"
    assert source.is_file(), f"{source.relative_to(PROJECT)} is missing"
    with source.open("rb") as text:
        catalogue = read_po(text, locale=language)
    wrong = [
        f"{fault}: {message.id!r}"
        for message in sentences(extracted)
        for fault in faults(message, catalogue.get(message.id, message.context), FORMS[language])
    ]
    assert not wrong, f"{len(wrong)} faults:\n" + "\n".join(wrong[:40])


def faults(message: Message, translated: Message | None, forms: int) -> Iterator[str]:
    """What is wrong with one sentence's translation."""
    if translated is None or not translated.string or not all(translated.string):
        yield "missing"
        return
    if translated.fuzzy:
        yield "fuzzy"
    texts = [translated.string] if isinstance(translated.string, str) else list(translated.string)
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    wanted = {frozenset(PLACEHOLDER.findall(text)) for text in ids}
    if len(texts) != (forms if message.pluralizable else 1):
        yield f"{len(texts)} forms"
    if any(frozenset(PLACEHOLDER.findall(text)) not in wanted for text in texts):
        yield "other placeholders"


def test_sentences_are_plain_text_with_named_places(extracted: Catalog) -> None:
    """HTML in a sentence, or a place without a name, is a trap for whoever translates it."""
    tag = re.compile(r"</?[a-z][^>]*>")
    unnamed = re.compile(r"%[sd]")
    texts = [
        text
        for message in sentences(extracted)
        for text in ([message.id] if isinstance(message.id, str) else message.id)
    ]
    assert not [text for text in texts if tag.search(text) or unnamed.search(text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(resource("templates"))))
def test_templates_say_nothing_that_is_not_translated(path: Path) -> None:
    if path.name in NOT_FOR_READERS:
        return
    source = path.read_text("utf-8")
    found = [*visible(source, html=path.suffix == ".html"), *literals(source)]
    assert not [text for text in found if not same_everywhere(text)]


def same_everywhere(text: str) -> bool:
    """Whether nothing of a text is a word of some language."""
    return all(word in SAME_EVERYWHERE for word in re.findall(r"[^\W\d_][\w-]*", NOT_WORDS.sub("", text)))


class Visible(HTMLParser):
    """Collects what a reader sees or hears of a page whose expressions were taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in READ]


def visible(source: str, *, html: bool) -> list[str]:
    """The text of a template outside its expressions, and outside {% trans %}."""
    text, inside = "", False
    block: list[str] = []
    for _line, kind, value in ENVIRONMENT.lex(source):
        if kind == "block_begin":
            block = []
        elif kind == "name":
            block.append(value)
        elif kind == "block_end" and block:
            inside = block[0] == "trans" or (inside and block[0] != "endtrans")
        elif kind == "variable_begin":
            # A sign that is no letter, so that what stands around an expression stays apart.
            text += "·"
        elif kind == "data" and not inside:
            text += value
    if not html:
        return [line.strip() for line in text.splitlines()]
    page = Visible()
    page.feed(text)
    page.close()
    return page.found


def literals(source: str) -> Iterator[str]:
    """Sentences written as arguments of macros and filters without being marked for translation."""
    marked: set[int] = set()
    tree = ENVIRONMENT.parse(source)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext", "pgettext"):
            marked |= {id(argument) for argument in call.args}
    for constant in tree.find_all(nodes.Const):
        value = constant.value
        if id(constant) not in marked and isinstance(value, str) and re.match(r"[A-ZČŠŽ]\w+ \w", value):
            yield value


def test_programs_flash_no_sentence_that_is_not_translated() -> None:
    found = []
    for path in sorted((PROJECT / "foodorder" / "blueprints").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                said = node.args[0] if node.args else None
                if called in ("flash", "flash_undo", "done", "Field", "StringField") and (
                    isinstance(said, ast.Constant) and isinstance(said.value, str)
                ):
                    found.append(f"{path.name}:{node.lineno} {said.value!r}")
    assert not found
