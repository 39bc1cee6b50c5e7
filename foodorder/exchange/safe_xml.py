"""XML from outside, let in only when it can do no harm.

A first pass with the small parser of the standard library looks at the tags alone and stops at the first
thing that no honest invoice has; only then is a tree built. Nothing is fetched, and no entity is expanded.
"""

import re
from collections.abc import Collection
from xml.parsers import expat

from lxml import etree

from foodorder.exchange.tree import Node
from foodorder.rules.errors import N_, Refusal

#: The largest file, the deepest nesting, and the most elements. Honest invoices stay far below all three.
MOST_BYTES = 5_000_000
MOST_DEPTH = 50
MOST_ELEMENTS = 200_000

_DECLARED = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_UTF_8 = {"utf-8", "utf8", "us-ascii", "ascii"}
_OTHER_STARTS = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00")


class FileTooLarge(Refusal):
    """More bytes than any invoice has."""

    message = N_("The file is too large: at most %(most)s MB.")
    default_field = "document"


class NotXml(Refusal):
    """Not XML at all, or broken."""

    message = N_("The file is not an XML document that can be read (line %(line)s).")
    default_field = "document"


class WrongEncoding(Refusal):
    """Letters written in another way than UTF-8, or in another way than the file says."""

    message = N_("The file is not written in UTF-8. Save it in UTF-8, or ask the sender to.")
    default_field = "document"


class HasDoctype(Refusal):
    """A document type definition: entities, bombs and files of ours are all declared there."""

    message = N_("The file declares a document type (DOCTYPE), which invoices never do. It was not opened.")
    default_field = "document"


class TooDeep(Refusal):
    """Elements within elements within elements."""

    message = N_("The file is nested deeper than any invoice is. It was not opened.")
    default_field = "document"


class TooManyElements(Refusal):
    """More elements than any invoice has."""

    message = N_("The file has more elements than any invoice has. It was not opened.")
    default_field = "document"


class OtherDocument(Refusal):
    """XML, but not a document that is expected here."""

    message = N_("The file is an XML document of another kind (%(root)s).")
    default_field = "document"


def parse(content: bytes, roots: Collection[str]) -> Node:
    """The root of a document that is one of those expected ({namespace}name).

    Raises FileTooLarge, WrongEncoding, NotXml, HasDoctype, TooDeep, TooManyElements, OtherDocument.
    """
    if len(content) > MOST_BYTES:
        raise FileTooLarge(most=MOST_BYTES // 1_000_000)
    _check_encoding(content)
    _look_at_tags(content, roots)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise NotXml(line=error.lineno or 1) from error


def _check_encoding(content: bytes) -> None:
    declared = _DECLARED.match(content.removeprefix(b"\xef\xbb\xbf"))
    if content.startswith(_OTHER_STARTS) or (declared and declared[1].decode().lower() not in _UTF_8):
        raise WrongEncoding
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        # What does not even begin like XML is called what it is, a picture or a PDF for instance.
        raise (WrongEncoding if content.lstrip().startswith(b"<") else NotXml(line=1)) from error


def _look_at_tags(content: bytes, roots: Collection[str]) -> None:
    depth = elements = 0

    def start(name: str, _attributes: object) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if depth > MOST_DEPTH:
            raise TooDeep
        if elements > MOST_ELEMENTS:
            raise TooManyElements
        if elements == 1 and f"{{{name}" not in roots:
            raise OtherDocument(root=name.rpartition("}")[2][:60])

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_about: object) -> None:
        raise HasDoctype

    parser = expat.ParserCreate("UTF-8", "}")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise NotXml(line=error.lineno) from error
