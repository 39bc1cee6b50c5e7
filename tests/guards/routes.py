"""Every route of the house with the addresses that name ours."""

import gzip
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any

from flask import Flask
from sqlalchemy import Connection, text
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from foodorder.db import db
from foodorder.rules.permissions import Permission, Role
from tests.guards.town import Town

#: Files of the house itself: the same for everybody.
STATIC = ("static", "bootstrap.static")

#: Whose counter it is. Where a role's permission leads to another's counter, the loader there decides.
HOME = {
    "kitchen": {Role.KITCHEN_MANAGER, Role.APPROVER, Role.ACCOUNTANT},
    "producer": {Role.PRODUCER},
    "coordinator": {Role.COORDINATOR},
    "auditor": {Role.AUDITOR},
    "administrator": {Role.ADMINISTRATOR},
}

#: Parameters that name nobody's things; lots of a dynamic purchasing system are open to all (ZJN-3, art. 49).
NOBODYS = {"day", "ending", "exhibit", "food_type_id", "guide", "monday", "open_lot_id", "secret"}

#: Pages about what a closed week left; every other cycle is the open one.
OF_A_RECORDED_WEEK = {
    "coordinator.print_supplies",
    "coordinator.supply_file",
    "producer.supply_file",
}

#: Pages about the farm's own account; all others are about the kitchen's.
OF_THE_FARM = {"producer.statement", "producer.assign_entry", "producer.set_entry_aside"}


@dataclass(frozen=True)
class Door:
    """One way in: a method and an address that names ours."""

    endpoint: str
    method: str
    path: str
    needs: Permission | str | None
    #: Parameters that name something of ours.
    names: frozenset[str]

    @property
    def counter(self) -> str:
        """The blueprint, empty for what belongs to the application itself."""
        return self.endpoint.rpartition(".")[0]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def rules(app: Flask) -> list[Rule]:
    """Every route but those of files, in the order of their addresses."""
    return sorted(
        (rule for rule in app.url_map.iter_rules() if rule.endpoint not in STATIC), key=lambda rule: rule.rule
    )


def combinations(rule: Rule) -> Iterator[dict[str, str]]:
    """Words for the parameters that are one of a few: all of them where something is changed, else one."""
    words = {
        name: sorted(converter.items)
        for name, converter in rule._converters.items()
        if isinstance(converter, AnyConverter)
    }
    if "POST" not in (rule.methods or ()):
        # Of files the plainest, whose text can be searched.
        words = {name: ["csv"] if "csv" in options else options[:1] for name, options in words.items()}
    for chosen in product(*words.values()):
        yield dict(zip(words, chosen, strict=True))


def doors(app: Flask, town: Town) -> Iterator[Door]:
    """Every method of every route."""
    for rule in rules(app):
        values: dict[str, Any] = {}
        for name in rule.arguments - next(combinations(rule)).keys():
            known = (
                "recorded_cycle_id" if name == "cycle_id" and rule.endpoint in OF_A_RECORDED_WEEK else name
            )
            if rule.endpoint in OF_THE_FARM:
                known = f"farm_{name}"
            assert known in town.values, (
                f"{rule.rule}: the guards do not know the parameter {name!r}. Give it a thing of ours in"
                " tests/guards/town.py, so that they can try it as a stranger."
            )
            values[name] = town.values[known]
        for chosen in combinations(rule):
            built = rule.build(values | chosen)
            assert built is not None, rule.rule
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Door(
                    rule.endpoint,
                    method,
                    built[1],
                    getattr(app.view_functions[rule.endpoint], "needs", None),
                    frozenset(values.keys() - NOBODYS),
                )


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is undone after it, and nothing that was loaded before helps it."""
    db.session.remove()
    connection: Connection = db.engine  # type: ignore[assignment]
    savepoint = connection.begin_nested()
    yield
    db.session.remove()
    savepoint.rollback()


def writes() -> dict[str, int]:
    """Rows inserted, changed or deleted in this transaction, table by table, undone ones too."""
    counted = text(
        "SELECT relname AS name, n_tup_ins + n_tup_upd + n_tup_del AS rows FROM pg_stat_xact_user_tables"
        " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
    )
    return {table.name: table.rows for table in db.session.execute(counted)}


def text_of(answer: TestResponse) -> str:
    """What an answer says, also where it is packed; of pictures, what can be read."""
    content = answer.data
    if answer.mimetype == "application/gzip":
        content = gzip.decompress(content)
    elif answer.mimetype == "application/zip":
        with zipfile.ZipFile(io.BytesIO(content)) as pack:
            content = b"\n".join(pack.read(name) for name in pack.namelist())
    return content.decode(errors="ignore")
