"""Words of agreements: what kinds there are, and how a lot says whom to order from.

Public procurement of food knows three channels (ZJN-3): a lot of a contract, a framework agreement or a
dynamic purchasing system; a lot exempted from the procedure (izločeni sklop, art. 73(5)); and an order below
the threshold, for which only evidence is kept (evidenčno naročilo, art. 21). Each has its own ceiling.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_


class AgreementKind(StrEnum):
    """Form of the procurement."""

    #: Contract (pogodba).
    CONTRACT = "contract"
    #: Framework agreement (okvirni sporazum, art. 48).
    FRAMEWORK = "framework"
    #: Dynamic purchasing system (dinamični nabavni sistem, art. 49): open to suppliers for its whole life.
    DPS = "dps"


class AgreementState(StrEnum):
    """`draft` can be changed; what is `in_force` changes by amendments only; `ended` orders nothing."""

    DRAFT = "draft"
    IN_FORCE = "in_force"
    ENDED = "ended"


class LotKind(StrEnum):
    """`awarded` in a procedure, or `exempted` from it."""

    AWARDED = "awarded"
    EXEMPTED = "exempted"


class AwardMode(StrEnum):
    """How several suppliers of a lot stand to each other."""

    #: One after the other: the second only when the first has nothing.
    RANKED = "ranked"
    #: Side by side, each up to its share of the lot.
    PARALLEL = "parallel"
    #: Whoever is admitted (exempted lots): compared by the published criteria.
    OPEN = "open"


class Basis(StrEnum):
    """Lawful basis of a line."""

    CALL_OFF = "call_off"
    EXEMPTED = "exempted"
    EVIDENCE = "evidence"
    #: Ordered where no basis is asked for (the municipality has not set up the rules).
    UNCLASSIFIED = "unclassified"


class Enforcement(StrEnum):
    """Whether a municipality orders only what has a lawful basis."""

    OFF = "off"
    ENFORCED = "enforced"


class ApplicationState(StrEnum):
    """A producer's application to a category of a dynamic purchasing system, or to a lot."""

    ASKED = "asked"
    ADMITTED = "admitted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Funding(StrEnum):
    """Where the money of a line comes from."""

    #: Regular meals.
    REGULAR = "regular"
    #: EU school scheme for fruit, vegetables and milk (šolska shema).
    SCHOOL_SCHEME = "school_scheme"
    #: Traditional Slovene breakfast (tradicionalni slovenski zajtrk), third Friday of November.
    BREAKFAST = "breakfast"
    OTHER = "other"


class Substitution(StrEnum):
    """What the kitchen says of a line that cannot be delivered."""

    ALLOWED = "allowed"
    ASK = "ask"
    NEVER = "never"


AGREEMENT_KINDS: Mapping[AgreementKind, str] = MappingProxyType(
    {
        AgreementKind.CONTRACT: N_("Contract"),
        AgreementKind.FRAMEWORK: N_("Framework agreement"),
        AgreementKind.DPS: N_("Dynamic purchasing system"),
    }
)
AGREEMENT_STATES: Mapping[AgreementState, str] = MappingProxyType(
    {
        AgreementState.DRAFT: N_("Draft"),
        AgreementState.IN_FORCE: N_("In force"),
        AgreementState.ENDED: N_("Ended"),
    }
)
LOT_KINDS: Mapping[LotKind, str] = MappingProxyType(
    {LotKind.AWARDED: N_("Awarded lot"), LotKind.EXEMPTED: N_("Exempted lot")}
)
AWARD_MODES: Mapping[AwardMode, str] = MappingProxyType(
    {
        AwardMode.RANKED: N_("By rank"),
        AwardMode.PARALLEL: N_("In parallel, by shares"),
        AwardMode.OPEN: N_("Open to all admitted producers"),
    }
)
BASES: Mapping[Basis, str] = MappingProxyType(
    {
        Basis.CALL_OFF: N_("Call-off"),
        Basis.EXEMPTED: N_("Exempted lot"),
        Basis.EVIDENCE: N_("Evidence order"),
        Basis.UNCLASSIFIED: N_("Not determined"),
    }
)
FUNDINGS: Mapping[Funding, str] = MappingProxyType(
    {
        Funding.REGULAR: N_("Regular meals"),
        Funding.SCHOOL_SCHEME: N_("School scheme"),
        Funding.BREAKFAST: N_("Traditional Slovene breakfast"),
        Funding.OTHER: N_("Other funds"),
    }
)
SUBSTITUTIONS: Mapping[Substitution, str] = MappingProxyType(
    {
        Substitution.ALLOWED: N_("Allowed"),
        Substitution.ASK: N_("Ask first"),
        Substitution.NEVER: N_("Never"),
    }
)
APPLICATION_STATES: Mapping[ApplicationState, str] = MappingProxyType(
    {
        ApplicationState.ASKED: N_("Waits for the decision"),
        ApplicationState.ADMITTED: N_("Admitted"),
        ApplicationState.REFUSED: N_("Refused"),
        ApplicationState.WITHDRAWN: N_("Withdrawn"),
    }
)
