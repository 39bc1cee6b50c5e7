"""The roles that people act in, and how far each reaches."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_


class Role(StrEnum):
    """The role that a person acts in."""

    KITCHEN_MANAGER = "kitchen_manager"
    APPROVER = "approver"
    ACCOUNTANT = "accountant"
    PRODUCER = "producer"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """What a role reaches over."""

    INSTITUTION = "institution"
    PRODUCER = "producer"
    MUNICIPALITY = "municipality"
    INSTALLATION = "installation"


SCOPES: Mapping[Role, Scope] = MappingProxyType(
    {
        Role.KITCHEN_MANAGER: Scope.INSTITUTION,
        Role.APPROVER: Scope.INSTITUTION,
        Role.ACCOUNTANT: Scope.INSTITUTION,
        Role.PRODUCER: Scope.PRODUCER,
        Role.COORDINATOR: Scope.MUNICIPALITY,
        Role.AUDITOR: Scope.MUNICIPALITY,
        Role.ADMINISTRATOR: Scope.INSTALLATION,
    }
)

ROLE_LABELS: Mapping[Role, str] = MappingProxyType(
    {
        Role.KITCHEN_MANAGER: N_("Kitchen manager"),
        Role.APPROVER: N_("Approver"),
        Role.ACCOUNTANT: N_("Accountant"),
        Role.PRODUCER: N_("Producer"),
        Role.COORDINATOR: N_("Coordinator"),
        Role.AUDITOR: N_("Auditor"),
        Role.ADMINISTRATOR: N_("Administrator"),
    }
)
