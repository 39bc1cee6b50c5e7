"""PDF/UA-1 by Typst: readable templates in templates/documents, data handed over as JSON."""

import json
from functools import cache
from pathlib import Path

import typst

from foodorder.config import resource
from foodorder.procurement.documents.paper import MADE, Paper


@cache
def templates() -> Path:
    """Where the templates of documents are."""
    return resource("templates") / "documents"


def render(paper: Paper) -> bytes:
    """The paper as an accessible PDF, in the fonts that Typst carries, so that it looks alike everywhere.

    Raises RuntimeError when a template breaks a rule of PDF/UA that Typst checks.
    """
    return typst.compile(
        str(templates() / f"{paper.template}.typ"),
        root=str(templates()),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=["ua-1"],
        timestamp=int(MADE.timestamp()),
        sys_inputs={"paper": json.dumps(paper.content, ensure_ascii=False)},
    )
