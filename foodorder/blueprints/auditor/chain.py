"""Does the chain of seals hold? Its checks, and the whole of it to take along for a verifier outside."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from foodorder.audit.events import chain
from foodorder.blueprints.auditor.counter import bp, municipality
from foodorder.blueprints.shared import chain_file as shared
from foodorder.blueprints.shared.access import needs, present
from foodorder.db import clock, transaction
from foodorder.rules.permissions import Permission
from foodorder.trail import checks
from foodorder.trail.export import Extent

#: Results of checks on one page.
RESULTS = 14


@bp.get("/trail/chain")
@needs(Permission.TRAIL_SEE)
def trail_chain() -> str:
    """Whether the chain holds: the last checks of all of it, and the one that waits."""
    return render_template(
        "auditor/chain.html",
        results=checks.results(RESULTS),
        waiting=checks.waiting(),
        chain=chain(clock()),
        command=f"python3 verify_chain.py {_name()} --heads heads.csv",
    )


@bp.post("/trail/chain")
@needs(Permission.TRAIL_SEE)
def ask_check() -> Response:
    """Ask for a check of the whole chain; the scheduler takes it up in a few seconds."""
    with transaction():
        checks.ask(present().actor, now=clock(), municipality_id=municipality().id)
    return redirect(url_for("auditor.trail_chain"), 303)


@bp.get("/trail/chain.gz")
@needs(Permission.TRAIL_SEE)
def chain_file() -> Response:
    """The whole chain: fingerprints of all events, and the texts of those of the reader's municipality."""
    return shared.chain_download(Extent(municipality_id=municipality().id), _name())


def _name() -> str:
    return f"chain-{municipality().code}.jsonl.gz"


@bp.get("/trail/verifier.py")
@needs(Permission.TRAIL_SEE)
def verifier() -> Response:
    """The program that checks an export."""
    return shared.verifier()
