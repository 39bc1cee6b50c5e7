"""Every gram and cent from the van to the bank, whatever people and banks do: random acts by the services.

What is accepted was delivered, what is delivered was recorded, what is invoiced was accepted and is asked for
once at the agreed price; no more is credited or paid than was invoiced; numbers have no gap; states move as
the tables of moves allow.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from foodorder.accounts.personal import Detail, set_detail
from foodorder.rules import claims as claiming
from foodorder.rules import delivery, settlement
from foodorder.rules.money import line_net
from foodorder.trail.actor import COMMAND
from tests.camt import OWN
from tests.deliveries import AFTER, close_week, make
from tests.factories import World
from tests.flow.random_trade import ACTS, SCHOOLS, Trade, states
from tests.invoices import IBAN, know_the_law
from tests.kept import once

# Each delivered line: what was sent, accepted, brought instead, counted as invoiced, and what documents say.
LINES = text("""
SELECT l.id, n.state = 'received' AS received, l.quantity AS sent, a.quantity AS accepted, r.price_cents,
       coalesce(q.quantity, 0) AS counted, coalesce(q.net_cents, 0) AS counted_net,
       coalesce((SELECT sum(c.replaced) FROM claim c
                  WHERE c.delivery_line_id = l.id AND NOT c.was_accepted), 0)::bigint AS instead,
       coalesce(x.quantity, 0)::bigint AS invoiced, coalesce(x.net, 0)::bigint AS net,
       coalesce(x.others, 0) AS others, coalesce(x.credits, 0) AS credits
  FROM delivery_line l
  JOIN delivery_note n ON n.id = l.note_id
  JOIN record_line r ON r.id = l.record_line_id
  LEFT JOIN acceptance_line a ON a.id = l.acceptance_id
  LEFT JOIN invoiced_quantity q ON q.delivery_line_id = l.id
  LEFT JOIN (
      SELECT y.delivery_line_id,
             sum(CASE WHEN y.counted IS NOT NULL THEN y.counted
                      WHEN i.kind = 'invoice' THEN y.quantity ELSE -y.quantity END) AS quantity,
             sum(CASE WHEN y.counted IS NOT NULL THEN y.counted_cents
                      WHEN i.kind = 'invoice' THEN y.net_cents ELSE -y.net_cents END) AS net,
             count(*) FILTER (WHERE y.counted > 0) AS others,
             count(*) FILTER (WHERE i.kind = 'credit_note') AS credits
        FROM invoice_line y JOIN invoice i ON i.id = y.invoice_id GROUP BY 1
  ) x ON x.delivery_line_id = l.id
 WHERE n.producer_id = :farm
""")

# Each recorded line: what travels or has come of it.
RECORDED = text("""
SELECT r.id, r.unit, r.quantity AS recorded,
       coalesce(sum(l.quantity) FILTER (WHERE n.state <> 'cancelled'), 0)::bigint AS sent
  FROM record_line r
  JOIN delivery_line l ON l.root_line_id = r.id
  JOIN delivery_note n ON n.id = l.note_id
 WHERE n.producer_id = :farm GROUP BY r.id
""")

# Each invoice beside what was booked and credited of it, and what its lines and rates say.
INVOICES = text("""
SELECT i.*,
       (SELECT coalesce(sum(p.amount_cents), 0) FROM payment p WHERE p.invoice_id = i.id)::bigint AS booked,
       (SELECT coalesce(sum(c.gross_cents), 0) FROM invoice c WHERE c.corrects_id = i.id)::bigint AS credited,
       (SELECT sum(l.net_cents) FROM invoice_line l WHERE l.invoice_id = i.id)::bigint AS net,
       (SELECT sum(v.vat_cents) FROM invoice_vat v WHERE v.invoice_id = i.id)::bigint AS vat
  FROM invoice i
""")

TOO_MUCH_CREDITED = text("""
SELECT l.id FROM invoice_line l JOIN invoice_line c ON c.credits_line_id = l.id
 GROUP BY l.id HAVING sum(c.quantity) > l.quantity OR sum(c.net_cents) > l.net_cents
""")

# Entries whose money on invoices is not what they say of themselves; the other side's only confirm.
WRONG_ENTRIES = text("""
SELECT e.id FROM bank_entry e LEFT JOIN payment p ON p.bank_entry_id = e.id
 GROUP BY e.id
HAVING abs(e.settled_cents) > abs(e.amount_cents)
    OR abs(coalesce(sum(p.amount_cents), 0))
       <> CASE WHEN e.decision LIKE 'payment %' THEN 0 ELSE abs(e.settled_cents) END
    OR (e.decision LIKE 'payment %' AND NOT EXISTS (
        SELECT FROM payment m WHERE e.decision = 'payment ' || m.id
           AND abs(m.amount_cents) = abs(e.amount_cents)))
""")

NUMBERS = text("""
SELECT kind, array_agg(sequence ORDER BY sequence) AS given FROM invoice WHERE sequence IS NOT NULL
 GROUP BY producer_id, kind, year
UNION ALL
SELECT 'note', array_agg(sequence ORDER BY sequence) FROM delivery_note GROUP BY producer_id, year
""")


@once
def trading(world: World, session: Session, clock_at: Callable[[datetime], None]) -> Any:
    know_the_law()
    close_week(world, clock_at)
    farm: Any = world
    set_detail(Detail.IBAN, IBAN, producer_id=farm.farm.id, actor=COMMAND, now=AFTER)
    make(world)
    farm.kitchen.iban, farm.school.iban = OWN, SCHOOLS
    session.flush()
    return world


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    # Shrinking dozens of acts on a real database takes longer than reading them.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 10**6)), min_size=25, max_size=50))
def test_every_gram_and_cent_is_conserved(
    trading: Any, session: Session, acts: list[tuple[str, int]]
) -> None:
    with session.begin_nested() as undone:
        trade, before = Trade(trading), states()
        for name, seed in acts:
            if trade.act(name, seed):
                before = check(trading.farm.id, session, before)
        trade.settle()
        session.expire_all()
        check(trading.farm.id, session, before)
        all_is_invoiced(trading.farm.id, session)
        undone.rollback()
    session.expire_all()


def check(farm_id: int, session: Session, before: dict[str, dict[int, str]]) -> dict[str, dict[int, str]]:
    """All that must hold at any time; returns the states that the next act begins with."""
    session.flush()
    goods_are_conserved(farm_id, session)
    money_is_conserved(session)
    for _, given_numbers in session.execute(NUMBERS):
        assert given_numbers == list(range(1, len(given_numbers) + 1))
    after = states()
    for table, table_of_moves in MOVES.items():
        for key, state in after[table].items():
            assert state in reached(before[table].get(key), table_of_moves), (table, before[table].get(key))
    return after


def goods_are_conserved(farm_id: int, session: Session) -> None:
    for line in session.execute(RECORDED, {"farm": farm_id}):
        assert line.sent <= line.recorded + delivery.tolerance(line.recorded, line.unit, 500)
    for line in session.execute(LINES, {"farm": farm_id}):
        assert (line.accepted or 0) <= line.sent
        assert line.invoiced == line.counted <= (line.accepted or 0) + line.instead <= line.sent
        assert line.net == line.counted_net
        # Exact to the cent; only parts that were credited or written elsewhere are rounded each on its own.
        off = abs(line.net - line_net(line.price_cents, line.invoiced))
        assert off <= 2 * line.credits + line.others


def money_is_conserved(session: Session) -> None:
    for invoice in session.execute(INVOICES):
        assert (invoice.paid_cents, invoice.credited_cents) == (invoice.booked, invoice.credited)
        assert 0 <= invoice.paid_cents <= invoice.gross_cents
        assert 0 <= invoice.credited_cents <= invoice.gross_cents
        assert (invoice.net_cents, invoice.vat_cents) == (invoice.net, invoice.vat)
    assert session.execute(TOO_MUCH_CREDITED).all() == []
    assert session.execute(WRONG_ENTRIES).all() == []


def all_is_invoiced(farm_id: int, session: Session) -> None:
    """With nothing left to do, what is invoiced is what was accepted, less what claims took off."""
    claimed = dict[int, list[claiming.Claimed]]()
    for row in session.execute(text("SELECT * FROM claim")):
        ended = claiming.Claimed(
            row.quantity, row.was_accepted, claiming.ClaimOutcome(row.outcome), row.replaced
        )
        claimed.setdefault(row.delivery_line_id, []).append(ended)
    for line in session.execute(LINES, {"farm": farm_id}):
        # A correction of the acceptance may go below what was claimed of it before: then nothing is left.
        expected = max(claiming.invoiceable(line.accepted or 0, claimed.get(line.id, [])), 0)
        if line.received and not line.others:
            assert line.invoiced == expected
        if line.received and not line.others and not line.credits:
            assert line.net == line_net(line.price_cents, expected)


#: The tables of moves, as pairs of states; what is new begins anywhere that something may begin.
MOVES: Mapping[str, set[tuple[str, str]]] = {
    "delivery_note": {(state, after) for (state, _), after in delivery.MOVES.items()},
    "claim": {(state, after) for (state, _), after in claiming.MOVES.items()},
    "invoice": {(state, after) for (state, _), after in settlement.MOVES.items()},
}


def reached(state: str | None, moves: Iterable[tuple[str, str]]) -> set[str]:
    """What a state may be after one act: itself, or at most two moves on."""
    if state is None:
        return {"draft", "open", "received", "held", "matched"}
    found = {state}
    for _ in range(2):
        found |= {after for one, after in moves if one in found}
    return found
