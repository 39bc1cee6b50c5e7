"""What can be wrong in the database: its version and tables, rights, clock, and what lies undone."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from foodorder import schema
from foodorder.doctor.findings import Finding, ago, note, well, wrong
from foodorder.installation import Installation, plain

OLDEST_POSTGRESQL = 15
#: A scheduler runs every few seconds; this long without one is an outage.
SCHEDULER_AGE = timedelta(minutes=5)
SEALED_AGE = timedelta(minutes=5)


def unreachable(error: Exception) -> Finding:
    """The database could not be opened at all."""
    return wrong("database", plain(error))


def of_database(place: Installation) -> list[Finding]:
    """What the database says. Stops at the first thing without which nothing further can be asked."""
    engine = create_engine(
        place.settings.database_url, poolclass=NullPool, connect_args={"connect_timeout": 10}
    )
    findings: list[Finding] = []
    try:
        with engine.connect() as connection:
            version: str = connection.execute(text("SHOW server_version")).scalar_one()
            findings.append(_version(version, place))
            migration = schema.current(connection)
            findings.append(_migration(migration))
            if migration == schema.head():
                findings += [finding for check in CHECKS for finding in check(connection)]
    except DBAPIError as error:
        findings.append(unreachable(error))
    finally:
        engine.dispose()
    return findings


def _version(version: str, place: Installation) -> Finding:
    major = int(version.split(".")[0].split()[0])
    whose = "our own server" if place.server else place.settings.database_url.rsplit("@", 1)[-1].split("?")[0]
    if major < OLDEST_POSTGRESQL:
        return wrong("database", f"{whose} is PostgreSQL {version}; {OLDEST_POSTGRESQL} or later is needed.")
    return well("database", f"{whose}, PostgreSQL {version.split()[0]}")


def _migration(present: str | None) -> Finding:
    if present is None:
        return wrong("migration", "the database is empty: run `foodorder db upgrade`.")
    if present != schema.head():
        return wrong("migration", f"at {present} instead of {schema.head()}: run `foodorder db upgrade`.")
    return well("migration", present)


def _rights(connection: Connection) -> Iterator[Finding]:
    """The app role must not be able to change what is frozen, nor the clock."""
    frozen = connection.execute(
        text(
            "SELECT c.relname, has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')"
            "       OR has_table_privilege(c.oid, 'TRUNCATE') AS may"
            "  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname = 'frozen' AND t.tgenabled <> 'D' ORDER BY 1"
        )
    ).all()
    role = connection.execute(
        text(
            "SELECT rolname AS name, rolsuper OR rolbypassrls AS mighty"
            "  FROM pg_roles WHERE rolname = current_user"
        )
    ).one()
    if role.mighty:
        yield wrong("rights", f"{role.name} is a superuser; run the program as foodorder_app.")
    elif changeable := [row.relname for row in frozen if row.may]:
        yield wrong("rights", f"{role.name} may change frozen tables: {', '.join(changeable)}.")
    elif not frozen:
        yield wrong("rights", "no table is frozen: the triggers are missing.")
    else:
        yield well("rights", f"{role.name} cannot change the {len(frozen)} frozen tables")


def _clock(connection: Connection) -> Iterator[Finding]:
    row = connection.execute(
        text(
            "SELECT ahead, clock_timestamp() AS now,"
            "       has_table_privilege('clock_offset', 'UPDATE') AS may FROM clock_offset"
        )
    ).one()
    if row.may:
        yield wrong("clock", "the program's role may move the clock by which deadlines are judged.")
    if row.ahead:
        yield note("clock", f"set by hand, {row.ahead} ahead of real time: right for a demo only.")
    apart = abs(row.now - datetime.now(UTC))
    if apart > timedelta(seconds=2):
        yield wrong("clock", f"this machine and the database differ by {apart}: set up time synchronisation.")
    elif not row.ahead:
        yield well("clock", "real time")


def _scheduler(connection: Connection) -> Iterator[Finding]:
    beats = connection.execute(
        text("SELECT name, ran_at, good_at, error FROM job_heartbeat ORDER BY name")
    ).all()
    now = datetime.now(UTC)
    if not beats:
        yield wrong("scheduler", "has never run: start `foodorder scheduler` (or `foodorder serve`).")
        return
    latest = max(beat.ran_at for beat in beats)
    if now - latest > SCHEDULER_AGE:
        yield wrong("scheduler", f"last ran {ago(now - latest)} ago: start `foodorder scheduler`.")
    else:
        yield well("scheduler", f"ran {ago(now - latest)} ago")
    for beat in beats:
        if beat.error:
            yield wrong(f"job {beat.name}", beat.error)


def _cycles(connection: Connection) -> Iterator[Finding]:
    failed = connection.execute(
        text("SELECT id, failure FROM cycle WHERE failure IS NOT NULL AND state = 'closed' ORDER BY id")
    ).all()
    for cycle in failed:
        yield wrong(f"cycle {cycle.id}", f"its close failed and waits for a person: {cycle.failure}")


def _trail(connection: Connection) -> Iterator[Finding]:
    row = connection.execute(
        text(
            "SELECT (SELECT count(*) FROM trail_block) AS blocks,"
            "       (SELECT count(*) FROM trail_unsealed) AS unsealed,"
            "       (SELECT min(e.at) FROM trail_unsealed u JOIN trail_event e ON e.id = u.event_id)"
            "           AS oldest,"
            "       foodorder_clock() AS now"
        )
    ).one()
    if row.oldest is not None and row.now - row.oldest > SEALED_AGE:
        yield wrong("trail", f"{row.unsealed:,} events unsealed, the oldest for {ago(row.now - row.oldest)}.")
    else:
        yield well("trail", f"{row.blocks:,} sealed blocks; `foodorder trail verify` recomputes them")


def _trail_check(connection: Connection) -> Iterator[Finding]:
    row = connection.execute(
        text(
            "SELECT ok, finding, finished_at FROM trail_check WHERE finished_at IS NOT NULL"
            " ORDER BY id DESC LIMIT 1"
        )
    ).one_or_none()
    if row is not None and not row.ok:
        yield wrong("trail", f"its last check failed: {row.finding}")


def _messages(connection: Connection) -> Iterator[Finding]:
    failed = connection.execute(text("SELECT count(*) FROM message WHERE state = 'failed'")).scalar_one()
    if failed:
        yield wrong("messages", f"{failed:,} could not be delivered: see the coordinator's page.")


def _administrators(connection: Connection) -> Iterator[Finding]:
    there = connection.execute(
        text(
            "SELECT count(*) FROM role_grant g JOIN person p ON p.id = g.person_id AND p.active"
            " WHERE g.role = 'administrator' AND g.revoked_at IS NULL AND p.password_hash IS NOT NULL"
        )
    ).scalar_one()
    if not there:
        yield wrong("people", "nobody is administrator: `foodorder user add … --role administrator`.")


def _reference(connection: Connection) -> Iterator[Finding]:
    foods = connection.execute(text("SELECT count(*) FROM food_type")).scalar_one()
    if foods:
        yield well("reference data", f"{foods} food types")
    else:
        yield wrong("reference data", "missing: run `foodorder seed reference`.")


CHECKS: tuple[Callable[[Connection], Iterator[Finding]], ...] = (
    _rights, _clock, _reference, _administrators, _scheduler, _cycles, _trail, _trail_check, _messages,
)  # fmt: skip
