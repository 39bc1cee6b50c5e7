"""Open contracting over HTTP: the auditor's packages, the public's, and who must not see which."""

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from foodorder.audit_jobs import write_releases
from foodorder.config import Settings
from foodorder.db import db
from foodorder.rules.permissions import Role
from foodorder.rules.publicity import SmallProducers
from foodorder.rules.vat import TaxType
from tests.deliveries import close_week
from tests.factories import World
from tests.kept import once
from tests.web.office import log_in

FILES = ("/open/ocds/{code}/releases-2026.json", "/open/ocds/{code}/records-2026.json")


@once
def released(world: World, clock_at: Callable[[datetime], None], settings: Settings) -> Any:
    """A recorded week of a farmer and a kitchen, its releases written."""
    close_week(world, clock_at)
    world.farm.tax_type, world.farm.name = TaxType.EXEMPT, "Pri Brezovčevih"
    world.kitchen.email = "kuharica@vrtec.example"
    assert write_releases(settings).errors == []
    db.session.commit()
    return world


def test_the_public_reads_packages_without_names_and_the_auditor_with_them(released: Any, app: Any) -> None:
    anybody, code = app.test_client(), released.municipality.code
    page = anybody.get("/open/ocds").text
    for file in FILES:
        assert file.format(code=code) in page
        answer = anybody.get(file.format(code=code))
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert "public" in answer.headers["Cache-Control"]
        assert "Brezovčev" not in answer.text
        assert "kuharica@" not in answer.text
        assert "Kmetija, Voklo" in answer.text
        marked = anybody.get(file.format(code=code), headers={"If-None-Match": answer.headers["ETag"]})
        assert (marked.status_code, marked.data) == (304, b"")
        packed = anybody.get(file.format(code=code), headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(packed.data) == answer.data
    auditor = log_in(app, released, Role.AUDITOR, municipality_id=released.municipality.id)
    assert "ocds/releases-2026.json" in auditor.get("/auditor/ocds").text
    for sort in ("releases", "records"):
        full = auditor.get(f"/auditor/ocds/{sort}-2026.json")
        assert full.status_code == 200
        assert full.headers["Cache-Control"] == "no-store"
        assert "Brezovčev" in full.text
        assert "kuharica@" in full.text
        assert len(json.loads(full.text)[sort]) > 0
    assert auditor.get("/auditor/ocds/releases-2019.json").status_code == 404


def test_a_municipality_decides_whether_farms_are_named_and_whether_there_is_a_window(
    released: Any, app: Any
) -> None:
    anybody, address = app.test_client(), FILES[0].format(code=released.municipality.code)
    released.municipality.public_small_producers = SmallProducers.NAMED
    db.session.commit()
    named = anybody.get(address).text
    assert "Pri Brezovčevih" in named
    assert "kuharica@" not in named
    released.municipality.public_window = False
    db.session.commit()
    for file in FILES:
        assert anybody.get(file.format(code=released.municipality.code)).status_code == 404
    assert address not in anybody.get("/open/ocds").text


def test_an_auditor_elsewhere_gets_nothing_of_ours(released: Any, world: World, app: Any) -> None:
    elsewhere = world.add_municipality()
    auditor = log_in(app, world, Role.AUDITOR, municipality_id=elsewhere.id)
    assert auditor.get("/auditor/ocds/releases-2026.json").status_code == 404
    assert "releases-2026" not in auditor.get("/auditor/ocds").text
