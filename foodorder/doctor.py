"""What is wrong with an installation, in words a person can act on. Looks, and changes nothing."""

import os
import shutil
import smtplib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from foodorder import schema
from foodorder.config import PACKAGE, Mail, Settings
from foodorder.installation import Installation, plain
from foodorder.language import DEFAULT_ZONE, LANGUAGES

OLDEST_POSTGRESQL = 15
LEAST_DISK_BYTES = 2 * 1024**3
#: A scheduler runs every few seconds; this long without one is an outage.
SCHEDULER_AGE = timedelta(minutes=5)
SEALED_AGE = timedelta(minutes=5)


class Outcome(Enum):
    """How a check ended; a NOTE is worth knowing, and no fault."""

    WELL = "well"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    outcome: Outcome
    what: str
    words: str


def well(what: str, words: str) -> Finding:
    """As it should be."""
    return Finding(Outcome.WELL, what, words)


def note(what: str, words: str) -> Finding:
    """Worth knowing."""
    return Finding(Outcome.NOTE, what, words)


def wrong(what: str, words: str) -> Finding:
    """Something to mend, and how."""
    return Finding(Outcome.WRONG, what, words)


def before_opening(settings: Settings) -> list[Finding]:
    """What can be looked at without a database."""
    return [
        _data_dir(settings.data_dir),
        _disk(settings.data_dir),
        _secret_key(settings),
        _base_url(settings),
        _time_zones(),
        _translations(),
        _mail(settings.mail),
    ]


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


def _data_dir(folder: Path) -> Finding:
    place = folder
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK):
        return wrong("data folder", f"{folder} cannot be written to; name another in FOODORDER_DATA_DIR.")
    return well("data folder", str(folder))


def _disk(folder: Path) -> Finding:
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    words = f"{free // 1024**2:,} MiB free at {folder}"
    return well("disk", words) if free >= LEAST_DISK_BYTES else wrong("disk", f"only {words}: make room.")


def _secret_key(settings: Settings) -> Finding:
    if settings.secret_key:
        if len(settings.secret_key) < 32:
            return wrong(
                "secret key", "FOODORDER_SECRET_KEY is shorter than 32 characters; make a random one."
            )
        return well("secret key", "set in FOODORDER_SECRET_KEY")
    path = settings.data_dir / "secret_key"
    with suppress(OSError):
        if path.stat().st_mode & 0o077:
            return wrong("secret key", f"{path} can be read by others: chmod 600 it.")
    if not settings.embedded:
        return note("secret key", f"kept in {path}; several machines need the same FOODORDER_SECRET_KEY.")
    return well("secret key", f"kept in {path}")


def _base_url(settings: Settings) -> Finding:
    if settings.https:
        return well("address", settings.base_url)
    if settings.embedded and not settings.base_url:
        return note("address", "no FOODORDER_BASE_URL: fine for trying out on this machine.")
    return wrong(
        "address", "FOODORDER_BASE_URL must be the site's https:// address: links in mails begin with it."
    )


def _time_zones() -> Finding:
    try:
        ZoneInfo(DEFAULT_ZONE)
    except ZoneInfoNotFoundError:
        return wrong(
            "time zones", f"{DEFAULT_ZONE} is unknown: the package tzdata is missing, run make setup."
        )
    return well("time zones", f"{DEFAULT_ZONE} is known")


def _translations() -> Finding:
    folder = PACKAGE / "translations"
    missing = [language for language in LANGUAGES if _stale(folder / language / "LC_MESSAGES")]
    if missing:
        return wrong("translations", f"not compiled or out of date: {', '.join(missing)}; run make setup.")
    return well("translations", ", ".join(LANGUAGES.values()))


def _stale(folder: Path) -> bool:
    source, compiled = folder / "messages.po", folder / "messages.mo"
    # English sentences are the keys: without a catalogue they stand for themselves.
    if not source.exists():
        return folder.parent.name != "en" and not compiled.exists()
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime - 1


def _mail(mail: Mail) -> Finding:
    if not mail.host:
        if mail.folder:
            return note("mail", f"messages are written to {mail.folder}, nobody is mailed.")
        return note(
            "mail",
            "no mail server (FOODORDER_MAIL_HOST): messages wait in the outbox; "
            "while `foodorder demo` serves, they are written to mail/ in the data folder.",
        )
    connect = smtplib.SMTP_SSL if mail.encryption == "tls" else smtplib.SMTP
    try:
        with connect(mail.host, mail.port, timeout=10) as server:
            if mail.encryption == "starttls":
                server.starttls()
            if mail.username:
                server.login(mail.username, mail.password)
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return wrong("mail", f"{mail.host}:{mail.port} does not take mail from us: {plain(error)}")
    return well("mail", f"{mail.host}:{mail.port} answers")


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
        yield wrong("scheduler", f"last ran {_ago(now - latest)} ago: start `foodorder scheduler`.")
    else:
        yield well("scheduler", f"ran {_ago(now - latest)} ago")
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
        yield wrong(
            "trail", f"{row.unsealed:,} events unsealed, the oldest for {_ago(row.now - row.oldest)}."
        )
    else:
        yield well("trail", f"{row.blocks:,} sealed blocks; `foodorder trail verify` recomputes them")


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
    _rights, _clock, _reference, _administrators, _scheduler, _cycles, _trail, _messages,
)  # fmt: skip


def _ago(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
