"""What can be wrong around the database: folder, disk, settings, translations, mail server."""

import os
import shutil
import smtplib
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from foodorder.config import PACKAGE, Mail, Settings
from foodorder.doctor.findings import Finding, note, well, wrong
from foodorder.installation import plain
from foodorder.language import DEFAULT_ZONE, LANGUAGES

LEAST_DISK_BYTES = 2 * 1024**3


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
