"""Pages of purchases elsewhere: the months of a year, the form, the spreadsheet. Used by two counters.

Templates link by relative endpoints with `place`, the counter's own parameters of addresses.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from foodorder.accounts.models import Institution
from foodorder.agreements import elsewhere
from foodorder.agreements.elsewhere import Purchase
from foodorder.agreements.elsewhere_import import COLUMNS, Reading, read_file, understand
from foodorder.agreements.elsewhere_queries import MonthState, months, purchase_of, purchases_of
from foodorder.agreements.models import PurchaseElsewhere
from foodorder.agreements.sheets import MOST_LINES, Line
from foodorder.audit.exports import render
from foodorder.blueprints.shared.access import present
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.blueprints.shared.purchase_forms import (
    YEARS_BACK,
    CorrectionForm,
    ImportForm,
    PurchaseForm,
    VoidForm,
    filled,
)
from foodorder.db import clock, transaction
from foodorder.language import formats, get_locale, gettext, ngettext
from foodorder.language.times import local
from foodorder.procurement.documents.store import File
from foodorder.procurement.documents.tables import Column, Table
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.errors import Refusal

Answer = Response | tuple[str, int] | str


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose purchases they are, and the parameters of the counter's addresses."""

    institution: Institution
    place: Mapping[str, Any]

    def to(self, endpoint: str, **more: Any) -> str:
        """An address at this counter."""
        return url_for(f".{endpoint}", **self.place, **more)

    def page(self, template: str, **more: Any) -> str:
        """A page with what all of them need."""
        return render_template(
            f"purchases/{template}.html", institution=self.institution, place=self.place, **more
        )


def list_page(desk: Desk) -> str:
    """The months of a year with their sums, which of them are missing, and the rows of the chosen month."""
    today = local(clock()).date()
    years = list(range(today.year, today.year - YEARS_BACK, -1))
    year = request.args.get("year", type=int)
    year = year if year in years else today.year
    month = request.args.get("month", type=int)
    month = month if month in range(1, 13) else None
    grid = months(desk.institution.id, year, today)
    rows = purchases_of(desk.institution.id, year, month) if month else []
    return desk.page(
        "list",
        year=year,
        years=years,
        month=month,
        months=grid,
        states=MonthState,
        begun=[one for one in grid if one.first <= today],
        missing=[one.first for one in grid if one.state is MonthState.MISSING],
        rows=[row for row in rows if row.food_type],
        nothing=[row for row in purchases_of(desk.institution.id, year, voided=False) if not row.food_type],
        schemes=SCHEMES,
        bases=elsewhere.BASES_ELSEWHERE,
    )  # fmt: skip


def form_page(desk: Desk) -> Answer:
    """Enter a purchase; with ?correct= in the place of one that was wrong."""
    wrong = _row(desk, request.args["correct"]) if "correct" in request.args else None
    # What says that nothing was bought has nothing to correct.
    right = _purchase(wrong) if wrong is not None and wrong.food_type_id is not None else None
    form = filled(CorrectionForm if wrong else PurchaseForm, right, local(clock()).date())
    if form.validate_on_submit():
        try:
            with transaction():
                actor, now = present().actor, clock()
                if wrong is not None and isinstance(form, CorrectionForm):
                    elsewhere.correct(
                        wrong, desk.institution, form.purchase(), form.reason.data or "", actor=actor, now=now
                    )
                else:
                    elsewhere.enter(desk.institution, form.purchase(), actor=actor, now=now)
        except Refusal as reason:
            form.refuse(reason)
        else:
            flash(gettext("Saved."), "success")
            year, month = form.month.data.split("-")
            return redirect(
                desk.to("purchases", year=int(year), month=int(month), _anchor="entered"), code=303
            )
    shown = desk.page("form", form=form, wrong=wrong, action=request.full_path.rstrip("?"))
    return shown, 422 if form.errors else 200


def void_page(desk: Desk, purchase_id: int) -> Answer:
    """Let a purchase count no longer, with the reason."""
    row, form = _row(desk, purchase_id), VoidForm()
    year = row.month.year
    if form.validate_on_submit():
        try:
            with transaction():
                elsewhere.void(
                    row, desk.institution, form.reason.data or "", actor=present().actor, now=clock()
                )
        except Refusal as reason:
            form.refuse(reason)
        else:
            if row.food_type_id is None:
                month = formats.month(row.month)
                flash(gettext("It is taken back: of %(month)s nothing is known.", month=month), "success")
                return redirect(desk.to("purchases", year=year), code=303)
            flash(gettext("The purchase counts no longer."), "success")
            to = desk.to("purchases", year=year, month=row.month.month, _anchor="entered")
            return redirect(to, code=303)
    return desk.page("void", form=form, row=_row(desk, purchase_id)), 422 if form.errors else 200


def nothing(desk: Desk) -> Answer:
    """Say of a month that nothing was bought elsewhere."""
    month = _month(request.form.get("month", ""))
    if EmptyForm().validate_on_submit() is False or month is None:
        flash(gettext("Choose a month."), "error")
        return redirect(desk.to("purchases"), code=303)
    try:
        with transaction():
            elsewhere.enter_nothing(desk.institution, month, actor=present().actor, now=clock())
    except Refusal as reason:
        flash(formats.refusal(reason), "error")
    else:
        flash(gettext("It is noted: nothing was bought elsewhere in %(month)s.", month=formats.month(month)),
              "success")  # fmt: skip
    return redirect(desk.to("purchases", year=month.year), code=303)


def import_page(desk: Desk) -> Answer:
    """A spreadsheet: shown with every error by its line, then entered whole."""
    form, reading = ImportForm(), None
    if form.validate_on_submit():
        try:
            reading = _reading(desk, form)
            if form.lines.data and not reading.wrong:
                with transaction():
                    entered = elsewhere.enter_all(
                        desk.institution, reading.purchases, actor=present().actor, now=clock()
                    )
                count = len(entered)
                flash(ngettext("%(count)s purchase was entered.", "%(count)s purchases were entered.", count,
                               count=formats.number(count)), "success")  # fmt: skip
                return redirect(desk.to("purchases", year=reading.purchases[0].month.year), code=303)
        except Refusal as reason:
            form.refuse(reason, "file")
    wrong = bool(form.errors or form.form_errors or (reading and reading.wrong))
    shown = desk.page(
        "import",
        form=form,
        reading=reading,
        columns=COLUMNS,
        most=MOST_LINES,
        lines=_kept(reading) if reading else "",
        schemes=SCHEMES,
        bases=elsewhere.BASES_ELSEWHERE,
    )
    return shown, 422 if wrong else 200


def template_file(ending: str) -> File:
    """An empty table with our headings, in the reader's language."""
    slovene = get_locale().language == "sl"
    place = 0 if slovene else 1
    heads = {key: names[min(place, len(names) - 1)] for key, names in COLUMNS.items()}
    columns = tuple(Column(key, head, share=2) for key, head in heads.items())
    table = Table(gettext("Purchases elsewhere"), columns, ())
    return render(table, ending, gettext("Purchases elsewhere"), "purchases-elsewhere")


def _reading(desk: Desk, form: ImportForm) -> Reading:
    now = clock()
    today = local(now).date()
    standing = [
        _purchase(row)
        for year in range(today.year - YEARS_BACK, today.year + 1)
        for row in purchases_of(desk.institution.id, year, voided=False)
        if row.food_type_id is not None
    ]
    if form.lines.data:
        return understand(_lines(form.lines.data), standing, now=now)
    content = form.file.data.read() if form.file.data else b""
    return read_file(content, standing, now=now)


def _kept(reading: Reading) -> str:
    """The lines as they were read, for the form that enters them."""
    return json.dumps([[line.number, dict(line.texts)] for line in reading.lines], ensure_ascii=False)


def _lines(kept: str) -> list[Line]:
    """What `_kept` wrote; 400 for what it did not."""
    try:
        rows = json.loads(kept)
        lines = [
            Line(int(number), {key: str(texts.get(key, "")) for key in COLUMNS}) for number, texts in rows
        ]
    except (ValueError, TypeError, AttributeError):
        abort(400)
    return lines if len(lines) <= MOST_LINES else abort(400)


def _purchase(row: PurchaseElsewhere) -> Purchase:
    return Purchase(**{name: getattr(row, name) for name in Purchase.__dataclass_fields__})


def _row(desk: Desk, purchase_id: int | str) -> PurchaseElsewhere:
    """A standing or voided row of this institution; 404 for another's and for a month without purchases."""
    text = str(purchase_id)
    row = purchase_of(desk.institution.id, int(text)) if text.isdecimal() and len(text) < 15 else None
    return row if row is not None else abort(404)


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
