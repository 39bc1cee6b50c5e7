"""audit rebuild: what was changed by hand is named, and counted anew."""

import psycopg
import pytest

from foodorder.embedded import EmbeddedServer
from foodorder.installation import DATABASE_FOLDER
from tests.cli.conftest import Home
from tests.databases import plain

pytestmark = pytest.mark.slow


def test_a_cell_changed_by_hand_is_named_and_counted_anew(home: Home) -> None:
    whole = home.run("audit", "rebuild", "--check")
    assert whole.returncode == 0, whole.stderr
    assert "agree with the raw rows" in whole.stdout

    with (
        EmbeddedServer.start(home.folder / DATABASE_FOLDER, fast=True) as server,
        psycopg.connect(plain(server.url("owner"))) as owner,
    ):
        owner.execute(
            "UPDATE spend_cell SET paid_cents = paid_cents + 1"
            " WHERE ctid = (SELECT ctid FROM spend_cell LIMIT 1)"
        )
    named = home.run("audit", "rebuild", "--check")
    assert named.returncode == 1
    assert "spend_cell" in named.stderr
    assert "paid_cents is" in named.stderr
    assert named.stderr.count("\n") == 1

    mended = home.run("audit", "rebuild")
    assert mended.returncode == 0, mended.stderr
    assert home.run("audit", "rebuild", "--check").returncode == 0
