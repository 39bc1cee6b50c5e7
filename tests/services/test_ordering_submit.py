"""Submitting an order, on a real database."""

from datetime import timedelta

import pytest

from foodorder.db import db
from tests.factories import CLOSES, NOW, OPENS


@pytest.fixture(autouse=True)
def tuesday(clock_at):
    clock_at(NOW)


def test_a_submitted_order_is_a_receipt_and_lines(world):
    kitchen = world.add_institution()
    carrots, milk = world.offer(price=150), world.offer(price=99, step=500)
    cycle = world.cycle()
    receipt = world.submit(cycle, kitchen, [(carrots, "12"), (milk, "2,5")])
    assert receipt.number == f"{kitchen.code}-2026-W49/1"
    assert receipt.submitted_at == NOW
    assert (receipt.lines, receipt.net_cents, receipt.grams) == (2, 1800 + 248, 14_500)
    assert receipt.vat_cents == 171 + 24
