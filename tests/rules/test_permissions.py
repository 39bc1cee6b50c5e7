"""Who may do what, and the separations that must hold."""

import pytest

from foodorder.rules.permissions import (
    ALLOWED,
    INVITES,
    READING,
    ROLE_LABELS,
    SCOPES,
    NotAllowed,
    Permission,
    Role,
    check_may,
    may,
    may_invite,
    roles_with,
)


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        (Role.KITCHEN_MANAGER, Permission.ORDERS_PLACE),
        (Role.KITCHEN_MANAGER, Permission.RECORDS_SEE),
        (Role.KITCHEN_MANAGER, Permission.RECORDS_CHANGE_REQUEST),
        (Role.APPROVER, Permission.ORDERS_APPROVE),
        (Role.ACCOUNTANT, Permission.RECORDS_SEE),
        (Role.ACCOUNTANT, Permission.PAYMENTS_MAKE),
        (Role.PRODUCER, Permission.STATEMENTS_READ),
        (Role.PRODUCER, Permission.OFFERS_PUBLISH),
        (Role.PRODUCER, Permission.SUPPLY_SEE),
        (Role.COORDINATOR, Permission.CYCLES_MANAGE),
        (Role.COORDINATOR, Permission.PRODUCERS_ADMIT),
        (Role.COORDINATOR, Permission.PRODUCERS_ACT_FOR),
        (Role.COORDINATOR, Permission.OUTBOX_SEE),
        (Role.AUDITOR, Permission.SPEND_EXPORT),
        (Role.AUDITOR, Permission.TRAIL_SEE),
        (Role.ADMINISTRATOR, Permission.MUNICIPALITIES_MANAGE),
    ],
)
def test_each_role_may_do_its_work(role, permission):
    check_may(role, permission)
    assert role in roles_with(permission)


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        (Role.KITCHEN_MANAGER, Permission.ORDERS_APPROVE),
        (Role.KITCHEN_MANAGER, Permission.CYCLES_MANAGE),
        (Role.KITCHEN_MANAGER, Permission.PAYMENTS_MAKE),
        (Role.APPROVER, Permission.PAYMENTS_MAKE),
        (Role.COORDINATOR, Permission.PAYMENTS_MAKE),
        # What all kitchens owe to all farms is for nobody who is one of them.
        (Role.ACCOUNTANT, Permission.PAYMENTS_OVERSEE),
        (Role.PRODUCER, Permission.PAYMENTS_OVERSEE),
        # A statement shows all that a farm earns: only by acting for it.
        (Role.COORDINATOR, Permission.STATEMENTS_READ),
        (Role.PRODUCER, Permission.ORDERS_SEE),
        (Role.PRODUCER, Permission.OFFERS_BROWSE),
        (Role.COORDINATOR, Permission.ORDERS_PLACE),
        (Role.ADMINISTRATOR, Permission.ORDERS_SEE),
    ],
)
def test_what_is_not_in_the_table_is_refused(role, permission):
    with pytest.raises(NotAllowed):
        check_may(role, permission)


def test_auditors_write_nothing_but_their_own_papers():
    assert ALLOWED[Role.AUDITOR] - READING == {Permission.AUDIT_WORK, Permission.FLAGS_DECIDE}
    assert roles_with(Permission.AUDIT_WORK) == roles_with(Permission.FLAGS_DECIDE) == {Role.AUDITOR}


def test_whoever_answers_about_a_flag_neither_sees_them_all_nor_decides():
    assert roles_with(Permission.FLAGS_ANSWER) == {Role.COORDINATOR}
    assert roles_with(Permission.FLAGS_SEE) == {Role.AUDITOR}


def test_who_orders_does_not_approve():
    assert not roles_with(Permission.ORDERS_PLACE) & roles_with(Permission.ORDERS_APPROVE)


def test_only_kitchens_order_and_never_who_sells_or_runs_the_market():
    assert roles_with(Permission.ORDERS_PLACE) == {Role.KITCHEN_MANAGER}
    assert roles_with(Permission.CYCLES_MANAGE) == {Role.COORDINATOR}


def test_a_coordinator_cannot_choose_the_auditor_of_their_work():
    assert not may_invite(Role.COORDINATOR, Role.AUDITOR)
    assert not may_invite(Role.COORDINATOR, Role.ADMINISTRATOR)
    assert may_invite(Role.ADMINISTRATOR, Role.AUDITOR)
    assert not may_invite(Role.PRODUCER, Role.PRODUCER)


def test_only_those_who_may_invite_do():
    assert set(INVITES) == roles_with(Permission.PEOPLE_INVITE)


def test_every_role_has_a_scope_a_label_and_a_row():
    assert set(SCOPES) == set(ROLE_LABELS) == set(ALLOWED) == set(Role)


def test_every_permission_is_given_to_somebody():
    assert not [permission for permission in Permission if not roles_with(permission)]
    assert may(Role.KITCHEN_MANAGER, Permission.ORDERS_PLACE)
