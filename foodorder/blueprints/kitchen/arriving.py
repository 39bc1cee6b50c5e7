"""Acceptance at the kitchen's door: the stops of a day, one stop with its lines, the same at a desk.

The pages are made for one hand and work without scripts; with them they work without a signal, too
(static/js/arriving). What is asked for as JSON is answered line by line, each with its new row of the page.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import (
    abort,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from foodorder.blueprints.kitchen import bp
from foodorder.blueprints.kitchen.noted import Entry, read_entries, write_entries
from foodorder.blueprints.kitchen.ours import our_institution_id
from foodorder.blueprints.shared.access import needs, present, public
from foodorder.blueprints.shared.errors import wants_json
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.blueprints.shared.headers import let_camera_in
from foodorder.db import clock
from foodorder.delivery.arriving import ArrivingLine, Stop, find_stop, next_day, stops_of
from foodorder.language import formats
from foodorder.language import gettext as _
from foodorder.rules.acceptance import ACCEPT_REASONS, OUTCOMES, Outcome
from foodorder.rules.delivery import NOTE_STATES, NoteState
from foodorder.rules.errors import Temperature
from foodorder.rules.permissions import Permission
from foodorder.rules.quantity import as_typed
from foodorder.rules.temperature import TEMPERATURE_WORDS, Judged, TemperatureVerdict


def today() -> date:
    """The day in the municipality's zone."""
    return formats.local(clock()).date()


def asked_day() -> date:
    """The day of ?day=, or today, or the next on which something comes."""
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return next_day(our_institution_id(), today()) or today()


def our_stop(note_id: int) -> Stop:
    """A stop at our door; 404 for all others."""
    return find_stop(our_institution_id(), note_id) or abort(404)


def reader() -> str:
    """Whose notes are kept on a phone: the person, and the kitchen they work for."""
    return f"{present().found.person_id}-{our_institution_id()}"


def words() -> dict[str, Any]:
    """What the pages' macros say of lines."""
    return {
        "new_key": lambda: str(uuid4()),
        "as_typed": as_typed,
        "reasons": {code.value: _(label) for code, label in ACCEPT_REASONS.items()},
        "outcome_words": lambda code: _(OUTCOMES[Outcome(code)]),
        "state_words": lambda code: _(NOTE_STATES[NoteState(code)]),
        "verdict": _verdict,
        "limit_words": _limit_words,
        "reader": reader(),
        "today": today(),
        "may_accept": present().may(Permission.DELIVERIES_ACCEPT),
        "may_claim": present().may(Permission.CLAIMS_MAKE),
    }


def _verdict(judged: Judged) -> str:
    return formats.sentence(TEMPERATURE_WORDS[judged.verdict], judged.facts)


def _limit_words(line: ArrivingLine) -> dict[str, str]:
    """What the page may say of a temperature while it is typed; {t} is what was measured."""
    if line.limit is None:
        return {}
    lowest, highest = line.limit.lowest, line.limit.highest
    above, below = (lowest if highest is None else highest), (highest if lowest is None else lowest)
    limits = {
        TemperatureVerdict.OK: above,
        TemperatureVerdict.SHORT_TIME: above,
        TemperatureVerdict.TOO_WARM: above,
        TemperatureVerdict.TOO_COLD: below,
    }
    return {
        verdict.value: formats.sentence(
            TEMPERATURE_WORDS[verdict], {"limit": Temperature(limit or 0), "measured": "{t}"}
        )
        for verdict, limit in limits.items()
    }


@bp.get("/deliveries/arriving")
@needs(Permission.RECORDS_SEE)
def arriving() -> Any:
    """The stops of a day, with what still waits at each."""
    day = asked_day()
    stops = stops_of(our_institution_id(), day, day + timedelta(days=1))
    now = [stop for stop in stops if stop.delivery_date == day]
    return render_template(
        "kitchen/arriving.html",
        day=day,
        stops=now,
        tomorrow=[stop for stop in stops if stop.delivery_date != day],
        **words(),
    )


@bp.get("/deliveries/arriving/<int:note_id>")
@needs(Permission.RECORDS_SEE)
def arriving_stop(note_id: int) -> Any:
    """One stop: its lines, each with its button."""
    return _stop_page(our_stop(note_id), [])


@bp.post("/deliveries/arriving/<int:note_id>")
@needs(Permission.DELIVERIES_ACCEPT)
def accept_stop(note_id: int) -> Any:
    """Write what was noted of some lines of a stop, or of all that wait."""
    stop = our_stop(note_id)
    if not EmptyForm().validate_on_submit():
        abort(400)
    entries = _take(list(stop.lines))
    after = our_stop(note_id)
    if wants_json():
        return _as_json(entries, {line.id: line for line in after.lines}, len(after.waiting))
    if any(not entry.is_saved for entry in entries):
        return _stop_page(after, entries)
    if not after.waiting:
        return redirect(url_for(".arriving", day=after.delivery_date.isoformat()), code=303)
    anchor = f"line-{after.waiting[0].id}"
    return redirect(url_for(".arriving_stop", note_id=note_id, _anchor=anchor), code=303)


@bp.get("/deliveries/desk")
@needs(Permission.RECORDS_SEE)
def desk() -> Any:
    """All lines of a day in one table, for quick hands."""
    return _desk_page(asked_day(), [])


@bp.post("/deliveries/desk")
@needs(Permission.DELIVERIES_ACCEPT)
def save_desk() -> Any:
    """Write the rows that were changed."""
    day = asked_day()
    if not EmptyForm().validate_on_submit():
        abort(400)
    lines = [line for stop in stops_of(our_institution_id(), day, day) for line in stop.lines]
    entries = _take(lines)
    if wants_json():
        after = [line for stop in stops_of(our_institution_id(), day, day) for line in stop.lines]
        known = {line.id: line for line in after}
        return _as_json(entries, known, sum(line.is_open for line in after), row="desk_row")
    if any(not entry.is_saved for entry in entries):
        return _desk_page(day, entries)
    return redirect(url_for(".desk", day=day.isoformat()), code=303)


@bp.get("/deliveries/arriving/ticket")
@needs(Permission.DELIVERIES_ACCEPT)
def ticket() -> Any:
    """Whether the line is there, who is logged in, and a token to send with: what a phone asks first."""
    return jsonify(reader=reader(), token=generate_csrf())


@bp.get("/deliveries/worker.js")
@public
def worker() -> Any:
    """The script that keeps the acceptance pages; where it lies decides which pages it may keep."""
    script = Path(current_app.static_folder or "") / "js" / "arriving" / "worker.js"
    headers = {"Cache-Control": "no-cache"}
    return Response(script.read_bytes(), content_type="text/javascript; charset=utf-8", headers=headers)


def _take(lines: list[ArrivingLine]) -> list[Entry]:
    now = clock()
    entries = read_entries(lines, request.form, request.files, now)
    write_entries(entries, institution_id=our_institution_id(), actor=present().actor, now=now)
    return entries


def _links(entries: list[Entry]) -> list[tuple[str, str, str]]:
    """What is wrong, for the summary above the page: id of the field, the line's name, the sentence."""
    return [
        (f"{name}-{entry.line.id}", entry.line.name, sentence)
        for entry in entries
        for name, sentence in entry.wrong.items()
    ]


def _status(entries: list[Entry]) -> int:
    return max((entry.status for entry in entries), default=200)


def _stop_page(stop: Stop, entries: list[Entry]) -> Any:
    wrong = {entry.line.id: entry for entry in entries if entry.wrong}
    page = render_template(
        "kitchen/arriving_stop.html",
        stop=stop,
        entries=wrong,
        problems=_links(entries),
        **words(),
    )
    return let_camera_in(make_response(page, _status(entries)))


def _desk_page(day: date, entries: list[Entry]) -> Any:
    wrong = {entry.line.id: entry for entry in entries if entry.wrong}
    stops = stops_of(our_institution_id(), day, day)
    page = render_template(
        "kitchen/desk.html", day=day, stops=stops, entries=wrong, problems=_links(entries), **words()
    )
    return page, _status(entries)


def _as_json(entries: list[Entry], known: dict[int, ArrivingLine], left: int, row: str = "line_card") -> Any:
    """What became of each line, with its part of the page as it is now."""
    lines = [
        {
            "line": entry.line.id,
            "status": entry.status,
            "version": entry.version,
            "message": " ".join(entry.wrong.values()),
            "html": render_template(
                "kitchen/arriving_line.html",
                row=row,
                line=known[entry.line.id],
                entry=entry if entry.wrong else None,
                **words(),
            ),
        }
        for entry in entries
    ]
    # Each line says itself whether it was written: for the request as a whole it is enough that it was read.
    return jsonify(lines=lines, left=left), _status(entries) if len(entries) == 1 else 200
