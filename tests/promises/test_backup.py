"""Promise: a backup whose trail is broken, or is not the one it names, does not come back unnoticed."""

import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foodorder import backup
from foodorder.backup import BackupError, Manifest
from foodorder.commands.database import _restore
from foodorder.config import Settings
from foodorder.db import retrying
from foodorder.installation import Installation
from foodorder.procurement.record_cycle import record_cycle
from foodorder.trail import service as trail
from foodorder.trail.actor import SCHEDULER
from tests.promises.house import AFTER, House

Restore = Callable[[Path], Manifest]


@pytest.fixture
def sealed(house: House) -> House:
    """A house with a recorded cycle and a sealed trail."""
    cycle = house.busy_cycle()
    house.set_clock(AFTER)
    retrying(lambda: record_cycle(cycle.id, actor=SCHEDULER))
    retrying(trail.seal)
    return house


@pytest.fixture
def restore(house: House) -> Iterator[Restore]:
    """Bring a backup back into a new database, as `foodorder db restore` does."""
    name = f"test_{os.getpid()}_restored"
    house.server.create_database(name)
    yield lambda file: _restore(file, house.server.url("admin", name))
    house.server.drop_database(name)


def back_up(house: House, file: Path) -> Manifest:
    return backup.write(Installation(Settings.from_environment(house.environment), None), file)


def test_a_whole_trail_comes_back(sealed: House, restore: Restore, tmp_path: Path) -> None:
    file = tmp_path / "whole"
    written = back_up(sealed, file)
    assert written.trail_blocks == 1
    assert restore(file) == written


def test_a_trail_that_was_broken_before_is_noticed(sealed: House, restore: Restore, tmp_path: Path) -> None:
    with sealed.admin() as burglar:
        burglar.execute("SET session_replication_role = replica")
        burglar.execute("UPDATE trail_event SET body = replace(body, 'order', 'ordér') WHERE id = 1")
        burglar.execute("UPDATE trail_event SET actor_id = 99 WHERE id = 1")
    file = tmp_path / "broken"
    back_up(sealed, file)
    with pytest.raises(BackupError, match="not whole: event 1 in block 1"):
        restore(file)


@pytest.mark.parametrize("named", ["trail_head", "trail_blocks"])
def test_another_trail_than_the_one_named_is_noticed(
    sealed: House, restore: Restore, tmp_path: Path, named: str
) -> None:
    file, other = tmp_path / "one", tmp_path / "other"
    back_up(sealed, file)
    with tarfile.open(file) as archive, tarfile.open(other, "w") as changed:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            text = content.read()
            if member.name == backup.MANIFEST:
                manifest = json.loads(text)
                manifest[named] = {"trail_head": "0" * 64, "trail_blocks": 2}[named]
                text = json.dumps(manifest).encode()
                member.size = len(text)
            changed.addfile(member, io.BytesIO(text))
    with pytest.raises(BackupError, match="not the one"):
        restore(other)
