"""Segregation of duties: who may hold which roles at one institution (domain.md §3.3, four eyes)."""

from itertools import combinations

import pytest

from foodorder.rules.duties import APART, DUTIES, DUTIES_OF, Duty, clashes
from foodorder.rules.permissions import Permission, Role, may

KITCHEN, APPROVER, ACCOUNTANT, AUDITOR = Role.KITCHEN_MANAGER, Role.APPROVER, Role.ACCOUNTANT, Role.AUDITOR


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ({KITCHEN}, []),
        ({APPROVER, ACCOUNTANT}, []),
        ({KITCHEN, Role.COORDINATOR}, []),
        ({KITCHEN, APPROVER}, [(Duty.ORDER, Duty.APPROVE_ORDER)]),
        ({KITCHEN, ACCOUNTANT}, [(Duty.ORDER, Duty.APPROVE_INVOICE), (Duty.ACCEPT, Duty.APPROVE_INVOICE)]),
        ({AUDITOR, ACCOUNTANT}, [(Duty.APPROVE_INVOICE, Duty.AUDIT)]),
        ({AUDITOR, APPROVER}, [(Duty.APPROVE_ORDER, Duty.AUDIT)]),
    ],
)
def test_which_roles_clash(roles, expected):
    assert [(clash.first, clash.second) for clash in clashes(roles)] == expected


def test_no_role_clashes_with_itself():
    assert all(clashes({role}) == [] for role in Role)


def test_everybody_who_may_order_or_approve_has_the_duty():
    assert {role for role in Role if may(role, Permission.ORDERS_PLACE)} == {
        role for role, duties in DUTIES_OF.items() if Duty.ORDER in duties
    }
    assert {role for role in Role if may(role, Permission.ORDERS_APPROVE)} == {
        role for role, duties in DUTIES_OF.items() if Duty.APPROVE_ORDER in duties
    }


def test_the_table_names_each_pair_once_and_every_duty_has_a_word():
    pairs = {frozenset(pair) for pair in APART}
    assert len(pairs) == len(APART)
    assert pairs <= {frozenset(pair) for pair in combinations(Duty, 2)}
    assert set(DUTIES) == set(Duty)
