"""In: coordinators, administrators and the producers who register themselves.
Out: who may buy, who may sell, who may see: every later stage refers to these rows.
Frozen when: never, but every change leaves its before and after in the trail.
"""

from foodorder.accounts.models.integrity import InterestDeclaration, OwnershipStatement
from foodorder.accounts.models.organisations import (
    Budget,
    CalendarPeriod,
    DeliveryPoint,
    DeliveryWindow,
    HeadCount,
    Institution,
    InstitutionKind,
    Municipality,
    Unapproved,
)
from foodorder.accounts.models.people import (
    LoginAttempt,
    LoginSession,
    OneTimeToken,
    Person,
    PersonalDetail,
    RoleGrant,
    TokenPurpose,
)
from foodorder.accounts.models.producers import (
    Admission,
    AdmissionState,
    Certificate,
    Farm,
    Permit,
    Producer,
    ProducerKind,
    Registration,
)

__all__ = [
    "Admission",
    "AdmissionState",
    "Budget",
    "CalendarPeriod",
    "Certificate",
    "DeliveryPoint",
    "DeliveryWindow",
    "Farm",
    "HeadCount",
    "Institution",
    "InstitutionKind",
    "InterestDeclaration",
    "LoginAttempt",
    "LoginSession",
    "Municipality",
    "OneTimeToken",
    "OwnershipStatement",
    "Permit",
    "Person",
    "PersonalDetail",
    "Producer",
    "ProducerKind",
    "Registration",
    "RoleGrant",
    "TokenPurpose",
    "Unapproved",
]
