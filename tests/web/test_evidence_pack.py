"""The evidence pack: everything about one record, each file with its fingerprint, and nobody else's."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile

import pytest
from flask import request_finished
from sqlalchemy import select

from foodorder.db import db
from foodorder.rules.permissions import Role
from foodorder.trail import service as trail
from foodorder.trail.models import TrailEvent
from tests.guards.readers import browser
from tests.guards.town import FARM, GOODS, build
from tests.kept import once


@once
def town(world, clock_at):
    found = build(world, clock_at)
    trail.seal()
    db.session.commit()
    return found


def fetch(app, reader, town):
    """As a server does: what the request loaded is gone by the time the file is made."""
    with request_finished.connected_to(lambda *_, **__: db.session.expunge_all(), app):
        return browser(app, reader).post(f"/auditor/records/{town.values['record_id']}/evidence")


@pytest.fixture
def archive(app, town):
    answer = fetch(app, town.ours[Role.AUDITOR], town)
    assert (answer.status_code, answer.content_type) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(answer.data))


def rows(archive, name):
    return json.loads(archive.read(name))


def every_file_is_in_the_manifest_with_its_fingerprint(archive):
    assert archive.testzip() is None
    listed = {one["path"]: one for one in rows(archive, "manifest.json")["files"]}
    assert set(archive.namelist()) == {*listed, "manifest.json", "manifest.sha256"}
    assert len(archive.namelist()) == len(listed) + 2
    sums = dict(line.split("  ")[::-1] for line in archive.read("manifest.sha256").decode().splitlines())
    for name, one in listed.items():
        content = archive.read(name)
        assert one["bytes"] == len(content)
        assert one["sha256"] == sums[name] == hashlib.sha256(content).hexdigest()
    # The trail keeps which manifest was handed out.
    event = db.session.scalars(select(TrailEvent).where(TrailEvent.action == "evidence.packed")).one()
    assert hashlib.sha256(archive.read("manifest.json")).hexdigest() in event.body


def it_tells_the_way_from_the_offer_on(archive, town):
    names = archive.namelist()
    for part in (
        "record/order-", "record/response-", "record/versions.json", "record/changes.json",
        "offers/versions.json", "order/submissions.json", "delivery/notes.json", "delivery/photos/",
        "claims/claims.json", "people.json", "README.txt",
    ):  # fmt: skip
        assert [name for name in names if name.startswith(part)], part
    papers = [name for name in names if name.endswith(".pdf")]
    assert all(archive.read(name).startswith(b"%PDF") for name in papers)
    assert len([name for name in papers if name.startswith("record/")]) == 2  # the record, and its answer
    assert [name for name in papers if name.startswith("delivery/")]
    line = next(one for one in rows(archive, "record/lines.json") if one["id"] == town.values["line_id"])
    assert line["name"].startswith(GOODS)
    ordered = {one["id"]: one for one in rows(archive, "order/lines.json")}
    offered = {one["id"]: one for one in rows(archive, "offers/versions.json")}
    assert ordered[line["order_line_id"]]["offer_version_id"] in offered
    assert line["offer_version_id"] in offered
    [version] = rows(archive, "record/versions.json")
    assert version["producer"].startswith(FARM)
    # Nothing of other farms' goods, though they stand in the same order.
    assert {one["producer_id"] for one in ordered.values()} == {version["producer_id"]}
    claims = rows(archive, "claims/claims.json")
    assert [one["id"] for one in claims] == [town.values["claim_id"]]


def its_trail_is_proved_by_the_verifier(archive, tmp_path):
    archive.extractall(tmp_path)
    command = [sys.executable, "-I", "verify_chain.py", "chain.jsonl"]
    done = subprocess.run(command, cwd=tmp_path / "trail", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    events = rows(archive, "trail/events.json")
    sealed = [one for one in events if one["block"]]
    assert f"{len(sealed)} of them with their text" in done.stdout
    assert len(sealed) > 3
    for one in sealed:
        assert hashlib.sha256(f"{one['event']}\n{one['text']}".encode()).hexdigest() == one["hash"]
    chain = (tmp_path / "trail" / "chain.jsonl").read_text("utf-8")
    (tmp_path / "trail" / "chain.jsonl").write_text(
        chain.replace("record.written", "record.writtem"), "utf-8"
    )
    done = subprocess.run(command, cwd=tmp_path / "trail", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "was changed" in done.stdout
    words = archive.read("trail/events.txt").decode()
    assert "Procurement record written" in words


def test_everything_about_one_record_with_its_proofs_for_our_auditors_alone(app, archive, town, tmp_path):
    every_file_is_in_the_manifest_with_its_fingerprint(archive)
    it_tells_the_way_from_the_offer_on(archive, town)
    its_trail_is_proved_by_the_verifier(archive, tmp_path)
    it_holds_no_addresses_of_people(archive)
    for reader in (town.strangers["auditor elsewhere"], town.strangers["coordinator elsewhere"]):
        assert fetch(app, reader, town).status_code in (403, 404)
    assert fetch(app, town.strangers["auditor elsewhere"], town).status_code == 404
    assert fetch(app, town.ours[Role.COORDINATOR], town).status_code == 403
    assert fetch(app, town.ours[Role.ACCOUNTANT], town).status_code == 403


def it_holds_no_addresses_of_people(archive):
    text = "".join(
        archive.read(name).decode()
        for name in archive.namelist()
        if name.endswith((".json", ".txt", ".jsonl"))
    )
    assert "password" not in text
    people = db.session.execute(db.text("SELECT email FROM person")).scalars().all()
    assert not [email for email in people if email in text]
