"""Pages of the green and local shares: the year's figures, and the lines behind each. Used by two counters.

Templates link by relative endpoints, so both counters name their views alike: shares, share_lines,
shares_file, agreement_shares_file, share_lines_file.
"""

from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from foodorder.accounts.models import Municipality
from foodorder.audit import report_tables as tables
from foodorder.audit.exports import render
from foodorder.audit.green import GreenYear, green_year
from foodorder.audit.green_lines import CONVENTIONAL, GreenLines, Wanted, green_lines
from foodorder.blueprints.shared.asked import Asked, asked
from foodorder.language import gettext
from foodorder.procurement.documents.store import File
from foodorder.rules.certificates import SCHEMES, CountsAs
from foodorder.rules.green import BASES, DISTANCES, ORIGINS, VERDICTS, Distance, Share, Verdict

#: Lines on one page.
PAGE = 50

#: How a verdict looks beside its word.
LOOKS = {
    Verdict.REACHED: "ok",
    Verdict.CLOSE: "warn",
    Verdict.BELOW: "bad",
    Verdict.UNKNOWN: "off",
    Verdict.NOTHING: "off",
}
KINDS = (*CountsAs, CONVENTIONAL)


@dataclass(frozen=True, slots=True)
class Light:
    """A share beside its target: a word, a look, and whether it can be told."""

    share: Share
    target_bp: int
    word: str
    look: str


def light(share: Share, target_bp: int) -> Light:
    """A share as a traffic light with a word."""
    verdict = share.verdict(target_bp)
    return Light(share, target_bp, gettext(VERDICTS[verdict]), LOOKS[verdict])


def shares_page(template: str, of: Municipality, institution_id: int | None, **more: Any) -> str:
    """The year's shares of one institution, or of all with a row for each."""
    question = asked(of)
    report = green_year(of.id, question.year, question.at, institution_id)
    return render_template(
        template,
        asked=question,
        report=report,
        light=light,
        bases=BASES,
        origins=ORIGINS,
        distances=DISTANCES,
        **more,
    )


def shares_file(of: Municipality, institution_id: int | None, name: str, ending: str) -> File:
    """The year's shares as a file: by institution, or by agreement."""
    question = asked(of)
    report: GreenYear = green_year(of.id, question.year, question.at, institution_id)
    table = tables.agreements(report) if name == "agreements" else tables.green(report)
    return render(table, ending, _title(table.name, of, question), f"{table.name}-{of.code}")


def wanted(of: Municipality, institution_id: int | None, question: Asked) -> tuple[Wanted, dict[str, Any]]:
    """Which lines this request asks for, and the parameters of its address."""
    args = dict(question.args)
    share = request.args.get("share", "")
    distance = request.args.get("distance", "")
    agreement = request.args.get("agreement", type=int)
    if share in KINDS:
        args["share"] = share
    if distance in set(Distance):
        args["distance"] = distance
    if agreement is not None:
        args["agreement"] = agreement
    chosen = Wanted(
        of.id, question.year, institution_id, agreement, args.get("share"),
        Distance(distance) if "distance" in args else None,
    )  # fmt: skip
    return chosen, args


def lines_page(template: str, of: Municipality, institution_id: int | None, **kept: Any) -> str:
    """The lines behind a figure, each kilogram with its certificate. `kept`: parameters of the counter."""
    question = asked(of)
    chosen, args = wanted(of, institution_id, question)
    args |= {name: value for name, value in kept.items() if value is not None}
    number = max(1, min(request.args.get("page", 1, type=int), 10_000))
    found: GreenLines = green_lines(chosen, question.at, limit=PAGE, offset=(number - 1) * PAGE)
    # The pages of lines through this system first, then those of purchases elsewhere.
    whole = found if found.rows else green_lines(chosen, question.at, limit=1)
    before = -(-whole.count // PAGE)
    begins = (number - 1 - before) * PAGE
    return render_template(
        template,
        asked=question,
        args=args,
        wanted=chosen,
        found=whole,
        rows=found.rows,
        elsewhere=found.elsewhere[begins : begins + PAGE] if begins >= 0 else (),
        number=number,
        first_elsewhere=before + 1,
        pages=before - (-len(found.elsewhere) // PAGE),
        counted=tables.counted,
        distances=DISTANCES,
        schemes=SCHEMES,
        chips=_chips(chosen, args),
    )


def _chips(chosen: Wanted, args: dict[str, Any]) -> list[tuple[str, str]]:
    """(label, address without it) of each filter in use."""
    labels: dict[str, str] = {}
    if chosen.share:
        share = None if chosen.share == CONVENTIONAL else CountsAs(chosen.share)
        labels["share"] = tables.counted(share)
    if chosen.distance:
        labels["distance"] = gettext(DISTANCES[chosen.distance])
    if chosen.agreement_id:
        labels["agreement"] = gettext("under one agreement")
    if "institution" in args:
        labels["institution"] = gettext("of one institution")
    return [
        (label, url_for(".share_lines", **{key: value for key, value in args.items() if key != name}))
        for name, label in labels.items()
    ]


def lines_file(of: Municipality, institution_id: int | None, name: str, ending: str) -> File:
    """The lines behind a figure as a file: of records with their certificates, or purchases elsewhere."""
    question = asked(of)
    chosen, _ = wanted(of, institution_id, question)
    found = green_lines(chosen, question.at)
    table = tables.elsewhere_lines(found.elsewhere) if name == "elsewhere" else tables.green_lines(found.rows)
    return render(table, ending, _title(table.name, of, question), f"{table.name}-{of.code}")


def _title(name: str, of: Municipality, question: Asked) -> str:
    return gettext(
        "%(table)s, %(municipality)s, as known on %(day)s",
        table=name, municipality=of.name, day=question.at.day.isoformat(),
    )  # fmt: skip
