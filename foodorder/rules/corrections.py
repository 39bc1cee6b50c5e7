"""A correction of what was accepted, beside the claims about it: none may lose the ground it stands on."""

from collections.abc import Iterable

from foodorder.rules.claims import Claimed, stands
from foodorder.rules.errors import N_, Amount, Refusal


class ClaimedOfAccepted(Refusal):
    """A correction that leaves less accepted than claims about what was accepted stand for."""

    message = N_(
        "Claims stand for %(claimed)s of what was accepted here, so at least that much stays accepted."
        " Withdraw the claim first if it was a mistake."
    )
    default_field = "accepted"


class ClaimedOfRefused(Refusal):
    """A correction that leaves less refused than claims about what was refused stand for."""

    message = N_(
        "Claims stand for %(claimed)s of what was refused here, so at most %(most)s can be accepted."
        " Withdraw the claim first if it was a mistake."
    )
    default_field = "accepted"


def check_against_claims(accepted: int, sent: int, claims: Iterable[Claimed], unit: str) -> None:
    """Refuse a correction that takes the ground from claims, open or upheld; quantities in thousandths.

    Raises ClaimedOfAccepted or ClaimedOfRefused.
    """
    standing = [claim for claim in claims if stands(claim)]
    of_accepted = sum(claim.quantity for claim in standing if claim.was_accepted)
    of_refused = sum(claim.quantity for claim in standing if not claim.was_accepted)
    if accepted < of_accepted:
        raise ClaimedOfAccepted(claimed=Amount(of_accepted, unit))
    if accepted > sent - of_refused:
        raise ClaimedOfRefused(claimed=Amount(of_refused, unit), most=Amount(sent - of_refused, unit))
