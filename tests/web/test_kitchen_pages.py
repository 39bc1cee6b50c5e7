"""The kitchen's other pages: records, requests after the close, what comes when, our data."""

import gzip
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from foodorder.db import db
from foodorder.ordering.place import submit_order
from foodorder.procurement.models import ProcurementRecord, RecordChange
from foodorder.procurement.record_cycle import record_cycle
from foodorder.rules.ordering import Cell
from foodorder.rules.permissions import Role
from foodorder.trail.actor import COMMAND
from tests.factories import CLOSES, NOW, WEEK, World
from tests.kept import once
from tests.web.office import log_in


class Closed:
    """A kitchen whose order was recorded, and somebody of it logged in after the close."""

    def __init__(self, app: Flask, world: World, clock_at: Callable[[datetime], None]) -> None:
        self.institution = world.add_institution(doors=2)
        self.door = self.institution.delivery_points[0].id
        self.offer, self.other = world.offer(price=200), world.offer(price=150)
        cycle = world.cycle()
        submit_order(
            cycle.id, self.institution.id, {Cell(self.offer.id, self.door, WEEK): "12"}, "down", actor=COMMAND
        )
        clock_at(CLOSES)
        record_cycle(cycle.id, actor=COMMAND)
        db.session.commit()
        self.record = db.session.scalars(db.select(ProcurementRecord)).one()
        self.line = self.record.record_lines[0]
        self.app, self.world = app, world
        self.log_in()

    def log_in(self) -> None:
        institution = self.institution.id
        self.client = log_in(self.app, self.world, Role.KITCHEN_MANAGER, institution_id=institution)


@once
def closed(app: Flask, world: World, clock_at: Callable[[datetime], None]) -> Closed:
    clock_at(NOW)
    return Closed(app, world, clock_at)


def test_records_are_listed_and_look_like_paper(closed: Closed) -> None:
    assert closed.record.number in closed.client.get("/kitchen/records").text
    page = closed.client.get(f"/kitchen/records/{closed.record.id}").text
    assert "12\xa0kg" in page
    assert "€24.00" in page
    assert closed.institution.name in page


def test_a_record_is_a_paper_and_a_file(closed: Closed) -> None:
    pdf = closed.client.get(f"/kitchen/records/{closed.record.id}/pdf")
    assert pdf.data.startswith(b"%PDF")
    assert closed.client.get(f"/kitchen/records/{closed.record.id}/csv").mimetype == "text/csv"


def test_a_record_and_its_answer_are_documents_by_standard(closed: Closed) -> None:
    address = f"/kitchen/records/{closed.record.id}"
    page = closed.client.get(address).text
    for form, begins in (("answer", b"%PDF"), ("order", b"<?xml"), ("response", b"<?xml")):
        assert f'href="{address}/{form}"' in page
        answer = closed.client.get(f"{address}/{form}")
        assert answer.status_code == 200
        assert answer.data.startswith(begins)
    assert b"<Order " in closed.client.get(f"{address}/order").data
    assert b"<OrderResponse " in closed.client.get(f"{address}/response").data


def test_another_kitchens_record_is_not_found(app: Flask, closed: Closed, world: World) -> None:
    stranger = world.add_institution()
    client = log_in(app, world, Role.KITCHEN_MANAGER, institution_id=stranger.id)
    for address in ("", "/pdf", "/answer", "/order", "/response", "/ask"):
        assert client.get(f"/kitchen/records/{closed.record.id}{address}").status_code == 404


def ask(closed: Closed, kind: str, **fields: Any) -> Any:
    cells = {name.replace("_", "-"): value for name, value in fields.items()}
    return closed.client.post(f"/kitchen/records/{closed.record.id}/ask?kind={kind}", data=cells)


def test_asking_for_less_waits_for_the_producer(closed: Closed) -> None:
    answer = ask(closed, "reduction", **{f"line-{closed.line.id}": "10", "reason": "A class is on a trip"})
    assert answer.status_code == 303
    change = db.session.scalars(db.select(RecordChange)).one()
    assert change.lines[0].quantity == 10_000
    page = closed.client.get(answer.location).text
    assert "waits for an answer" in page
    closed.client.post(f"/kitchen/changes/{closed.record.id}/{change.id}/withdraw")
    db.session.refresh(change)
    assert change.state == "withdrawn"


def test_a_reduction_that_is_more_is_refused_and_kept(closed: Closed) -> None:
    answer = ask(closed, "reduction", **{f"line-{closed.line.id}": "20", "reason": "Fewer children"})
    assert answer.status_code == 422
    assert "must be less" in answer.text
    assert 'value="20"' in answer.text
    assert "Fewer children" in answer.text
    assert f'href="#line-{closed.line.id}"' in answer.text
    assert f'id="line-{closed.line.id}-error"' in answer.text
    assert db.session.scalars(db.select(RecordChange)).all() == []


def test_what_cannot_be_added_is_said_beside_its_row(closed: Closed) -> None:
    fields = {"new-1": "0", "new-1-offer": str(closed.offer.id), "new-1-door": str(closed.door)}
    answer = ask(closed, "addition", **fields, **{"new-1-day": WEEK.isoformat()}, reason="A visit")
    assert answer.status_code == 422
    assert 'id="new-1-error"' in answer.text


def test_an_addition_may_be_something_new(closed: Closed, world: World) -> None:
    fields = {"new-0": "3", "new-0-offer": str(closed.offer.id), "new-0-door": str(closed.door)}
    fields["new-0-day"] = (WEEK + timedelta(1)).isoformat()
    assert ask(closed, "addition", **fields, reason="A visit").status_code == 303
    change = db.session.scalars(db.select(RecordChange)).one()
    assert change.lines[0].delivery_date == WEEK + timedelta(1)


@pytest.mark.parametrize("wrong", [{"new-0-day": "soon"}, {"new-0-door": "x"}, {"new-0-offer": "999999"}])
def test_an_addition_that_makes_no_sense_is_refused(closed: Closed, wrong: dict[str, str]) -> None:
    fields = {"new-0": "3", "new-0-offer": str(closed.offer.id), "new-0-door": str(closed.door)}
    fields["new-0-day"] = WEEK.isoformat()
    assert ask(closed, "addition", **{**fields, **wrong}, reason="A visit").status_code == 422


def test_what_comes_when(closed: Closed) -> None:
    page = closed.client.get(f"/kitchen/deliveries?from={WEEK}").text
    assert "12\xa0kg" in page
    assert "Nothing is coming" in closed.client.get("/kitchen/deliveries?from=2025-01-06").text
    paper = closed.client.get(f"/kitchen/deliveries/pdf?day={WEEK}&from={WEEK}")
    assert paper.data.startswith(b"%PDF")


def test_what_comes_begins_with_the_next_delivery(
    closed: Closed, clock_at: Callable[[datetime], None]
) -> None:
    page = closed.client.get("/kitchen/deliveries").text
    assert f'id="day-{WEEK}"' in page
    assert f"from={WEEK - timedelta(14)}" in page
    clock_at(CLOSES + timedelta(days=30))
    closed.log_in()
    page = closed.client.get("/kitchen/deliveries").text
    assert f'id="day-{WEEK}"' not in page
    assert "Nothing is coming" in page


def test_nonsense_in_the_address_shows_this_week(closed: Closed) -> None:
    for nonsense in ("x", "0001-01-01", "9999-12-31"):
        assert closed.client.get(f"/kitchen/deliveries?from={nonsense}").status_code == 200


def test_the_kitchen_sets_its_budget(closed: Closed) -> None:
    address = "/kitchen/institution"
    answer = closed.client.post(address, data={"weekly_budget_cents": "7.800,50", "pack_choice": "up"})
    assert answer.status_code == 303
    assert (closed.institution.weekly_budget_cents, closed.institution.pack_choice) == (780_050, "up")
    answer = closed.client.post(address, data={"weekly_budget_cents": "-1", "pack_choice": "up"})
    assert answer.status_code == 422


def test_head_counts_are_changed_at_our_own_doors_only(closed: Closed, world: World) -> None:
    address = f"/kitchen/institution/points/{closed.door}"
    assert closed.client.post(address, data={"age_2": "120"}).status_code == 303
    assert "120" in closed.client.get("/kitchen/institution").text
    strange = world.add_institution().delivery_points[0].id
    assert closed.client.get(f"/kitchen/institution/points/{strange}").status_code == 404


def test_an_accountant_reads_and_changes_nothing(app: Flask, closed: Closed, world: World) -> None:
    client = log_in(app, world, Role.ACCOUNTANT, institution_id=closed.institution.id)
    for address in ("orders", "records", f"records/{closed.record.id}", "deliveries", "institution"):
        assert client.get(f"/kitchen/{address}").status_code == 200
    assert client.get(f"/kitchen/records/{closed.record.id}/ask").status_code == 403
    data = {"weekly_budget_cents": "1", "pack_choice": "up"}
    client.post("/kitchen/institution", data=data)
    assert closed.institution.weekly_budget_cents is None


def test_pages_are_sent_compressed_and_differ_in_length(closed: Closed) -> None:
    headers = {"Accept-Encoding": "gzip"}
    lengths = set()
    for _ in range(12):
        answer = app_get(closed, "/kitchen/records", headers)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert b"<h1" in gzip.decompress(answer.data)
        lengths.add(len(answer.data))
    assert len(lengths) > 1


def app_get(closed: Closed, address: str, headers: dict[str, str]) -> Any:
    """Past the judge, which reads plain pages."""
    return super(type(closed.client), closed.client).open(address, headers=headers)


def test_papers_are_not_compressed_again(closed: Closed) -> None:
    answer = app_get(closed, f"/kitchen/records/{closed.record.id}/pdf", {"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
