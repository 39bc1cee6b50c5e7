"""Conflict of interest (nasprotje interesov, ZIntPK, art. 35): who may not buy, and who may not decide."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from foodorder.rules.errors import N_


class Relation(StrEnum):
    """What ties a functionary or a member of their family to a producer."""

    SELF = "self"
    FAMILY = "family"
    MANAGER = "manager"
    OWNER = "owner"


RELATIONS: Mapping[Relation, str] = MappingProxyType(
    {
        Relation.SELF: N_("The farm is their own"),
        Relation.FAMILY: N_("The farm is of their family"),
        Relation.MANAGER: N_("They or their family manage or represent it"),
        Relation.OWNER: N_("They or their family own a part of it"),
    }
)
