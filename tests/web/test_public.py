"""The pages that anybody may see, and how a farm registers."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from foodorder.accounts import queries
from foodorder.accounts.models import Producer, Registration
from foodorder.blueprints.public.forms import read_coordinates
from foodorder.blueprints.public.pages import GUIDES
from foodorder.outbox.models import Message
from foodorder.rules.limits import REGISTER_PER_ADDRESS
from tests.factories import CLOSES, World

GOOD = "three words apart"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that speaks English."""
    browser = app.test_client()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


@pytest.fixture
def typed(world: World) -> dict[str, Any]:
    """What a farmer types."""
    return {
        "contact_name": "Tone Vzorec",
        "email": "kmet@example.org",
        "phone": "040 000 000",
        "name": "Kmetija Čebulica",
        "kind": "farm",
        "village": "Podbrezje",
        "postcode": "4202",
        "town": "Naklo",
        "coordinates": "46.299, 14.286",
        "kmg_mid": "100 478 932",
        "tax_type": "flat_rate",
        "tax_number": "SI 94533318",
        "flat_rate_permit": "4230-1",
        "iban": "SI56 9988 0407 2386 227",
        "products": "krompir, korenje",
        "certificates-0-scheme": "organic",
        "certificates-0-number": "77",
        "certificates-0-body": "SI-EKO-002",
        "certificates-0-valid_from": "2026-01-01",
        "certificates-0-valid_to": "2026-12-31",
        "municipalities": [str(world.municipality.id)],
    }


def mailed_path(session: Session) -> str:
    data = session.scalars(select(Message.data).where(Message.template == "registration_confirm")).one()
    return str(data["path"])


@pytest.mark.parametrize(
    "path",
    ["/", "/login", "/password", "/help", "/accessibility", "/contact", "/register", "/register/thanks"]
    + [f"/help/{guide}" for guide in GUIDES],
)
def test_public_pages_open(client: FlaskClient, world: World, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert page.text.count("<h1") == 1


def test_there_is_no_guide_for_nobody(client: FlaskClient) -> None:
    assert client.get("/help/nobody").status_code == 404


def test_the_first_page_names_the_open_weeks(client: FlaskClient, world: World) -> None:
    assert "No week is open" in client.get("/").text
    world.cycle()
    page = client.get("/").text
    assert "No week is open" not in page
    assert world.municipality.name in page


def test_the_first_page_says_when_a_week_closes_and_how_long_that_is(
    client: FlaskClient, world: World, clock_at: Callable[[datetime], None]
) -> None:
    clock_at(CLOSES - timedelta(days=4))
    world.cycle()
    page = client.get("/").text
    found = re.search(r"<td>(.*?) <span class=.muted.>(.*?)</span></td>", page)
    assert found
    assert (found[1], found[2]) == ("Thu\xa026\xa0Nov\xa0at\xa012:00", "(in 4\xa0days)")


def test_a_farm_registers_confirms_and_waits(
    client: FlaskClient, typed: dict[str, Any], session: Session, world: World
) -> None:
    assert client.post("/register", data=typed).location == "/register/thanks"
    assert session.scalar(select(func.count()).select_from(Producer)) == 0
    path = mailed_path(session)
    assert "Kmetija Čebulica" in client.get(path).text
    assert client.post(path, data={"password": GOOD, "again": GOOD}).location == "/login"
    (waiting,) = queries.applications(world.municipality.id)
    farm = waiting.producer
    assert (farm.latitude, farm.longitude, farm.kmg_mid) == (46.299, 14.286, "100478932")
    assert [proof.number for proof in farm.certificates] == ["77"]
    login = client.post("/login", data={"email": "kmet@example.org", "password": GOOD})
    assert login.status_code == 303
    assert client.get(path).status_code == 410


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("tax_number", "94533319"),
        ("iban", "SI56 9988 0407 2386 228"),
        ("kmg_mid", "123"),
        ("email", "kmet"),
        ("coordinates", "14.286, 46.299"),
        ("name", "  "),
        ("tax_type", "none"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    client: FlaskClient, typed: dict[str, Any], session: Session, field: str, wrong: str
) -> None:
    answer = client.post("/register", data={**typed, field: wrong})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "krompir, korenje" in answer.text
    assert wrong.strip() in answer.text
    assert session.scalar(select(func.count()).select_from(Registration)) == 0


def test_a_processor_abroad_registers_with_its_country(
    client: FlaskClient, typed: dict[str, Any], session: Session
) -> None:
    abroad = {
        "kind": "processor", "country": "IT", "village": "Camporosso", "postcode": "33018",
        "town": "Tarvisio", "coordinates": "46.505, 13.578", "kmg_mid": "",
    }  # fmt: skip
    assert client.post("/register", data=typed | abroad).status_code == 303
    kept = session.scalars(select(Registration)).one().data
    assert (kept["kind"], kept["country"], kept["latitude"]) == ("processor", "IT", 46.505)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"country": "IT", "postcode": "33018", "coordinates": ""}, "coordinates"),
        ({"country": "IT", "postcode": "33018", "coordinates": "96.5, 13.5"}, "coordinates"),
        ({"country": "SI", "coordinates": "46.505, 12.1"}, "coordinates"),
        ({"country": "SI", "postcode": "33018"}, "postcode"),
        ({"country": "XX"}, "country"),
        ({"kind": "shop"}, "kind"),
    ],
)
def test_a_place_fits_its_country(
    client: FlaskClient, typed: dict[str, Any], wrong: dict[str, str], field: str
) -> None:
    answer = client.post("/register", data=typed | wrong)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


def test_a_certificate_half_filled_in_is_refused(client: FlaskClient, typed: dict[str, Any]) -> None:
    answer = client.post("/register", data={**typed, "certificates-0-number": ""})
    assert answer.status_code == 422
    assert "both dates of this certificate" in answer.text


def test_without_a_municipality_nothing_is_sent(client: FlaskClient, typed: dict[str, Any]) -> None:
    del typed["municipalities"]
    answer = client.post("/register", data=typed)
    assert answer.status_code == 422
    assert "Choose at least one municipality" in answer.text


def test_registrations_from_one_address_are_limited(
    client: FlaskClient, typed: dict[str, Any], world: World
) -> None:
    for number in range(REGISTER_PER_ADDRESS.attempts):
        typed["email"] = f"kmet{number}@example.org"
        assert client.post("/register", data=typed).status_code == 303
    answer = client.post("/register", data=typed)
    assert answer.status_code == 422
    assert "too many attempts" in answer.text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("46.299, 14.286", (46.299, 14.286)),
        ("46,299 14,286", (46.299, 14.286)),
        ("46.29912345 14.28612", (46.299, 14.286)),
        ("N 46.299° E 14.286°", (46.299, 14.286)),
        ("14.286, 46.299", None),
        ("46.299", None),
        ("Podbrezje", None),
    ],
)
def test_coordinates_as_maps_give_them(text: str, place: tuple[float, float] | None) -> None:
    assert read_coordinates(text) == place


def test_what_is_missing_is_named_once_in_the_summary(client: FlaskClient, typed: dict[str, Any]) -> None:
    page = client.post("/register", data={**typed, "name": "", "village": "", "town": "", "iban": "x"}).text
    summary = page[page.index('class="error-summary"') : page.index("<h2>1.")]
    assert "There are 4 problems" in summary
    assert summary.count("Fill in") == 1
    named = re.findall(r'<a href="#(\w+)">([^<]*)</a>', summary[summary.index("Fill in:") :])
    assert named[:3] == [
        ("name", "Name of the farm, cooperative or firm"),
        ("village", "Village"),
        ("town", "Post office"),
    ]
    assert named[3][0] == "iban"
    # Beside the field the whole sentence stands.
    assert page.count("Fill in this field.") == 3
    page = client.post("/register", data={**typed, "village": ""}).text
    assert re.search(r'<a href="#village">Village: Fill in this field.</a>', page)


def test_one_certificate_is_asked_for_and_others_open_where_they_are_filled_in(
    client: FlaskClient, typed: dict[str, Any]
) -> None:
    page = client.get("/register").text
    assert page.count('<details class="more-certificates">') == 2
    assert page.index("Certificate 1") < page.index("<details") < page.index("Certificate 2")
    second = {"certificates-1-scheme": "organic", "certificates-1-number": "78"}
    page = client.post("/register", data={**typed, **second}).text
    assert page.count('<details class="more-certificates" open>') == 1
