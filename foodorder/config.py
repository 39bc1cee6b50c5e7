"""Settings of one installation, read once from FOODORDER_* environment variables.

Nothing else in the program reads the environment. `Settings.from_environment()` raises
`SettingsError` with one sentence per wrong value, so that a person can mend it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
PROJECT = PACKAGE.parent


class SettingsError(ValueError):
    """A FOODORDER_* variable holds something the program cannot use."""


def resource(name: str) -> Path:
    """Folder such as `templates`: beside the package in a checkout, inside it in a wheel."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PROJECT / name


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail server messages are handed to; `host` empty means that none is set up."""

    host: str
    port: int
    username: str
    password: str
    encryption: str  # "none", "starttls" or "tls"
    sender: str
    #: A folder that messages are written into instead of being sent, to try things out; empty: none.
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation. URLs are SQLAlchemy URLs; empty `database_url` means the embedded server."""

    data_dir: Path
    database_url: str
    owner_url: str
    replica_url: str
    secret_key: str
    base_url: str
    mail: Mail
    metrics_token: str
    log_format: str  # "text" or "json"

    @property
    def embedded(self) -> bool:
        """Whether the program runs a database server of its own."""
        return not self.database_url

    @property
    def https(self) -> bool:
        """Whether people reach the site by https: cookies are then marked secure."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read every FOODORDER_* variable; raises SettingsError naming the one that is wrong."""

        def text(name: str, default: str = "") -> str:
            return environ.get(f"FOODORDER_{name}", default).strip()

        database_url = sqlalchemy_url(text("DATABASE_URL"), "FOODORDER_DATABASE_URL")
        data_dir = Path(text("DATA_DIR") or (Path.cwd() / "var")).expanduser().resolve()
        return cls(
            data_dir=data_dir,
            database_url=database_url,
            owner_url=sqlalchemy_url(text("OWNER_URL"), "FOODORDER_OWNER_URL") or database_url,
            replica_url=sqlalchemy_url(text("REPLICA_URL"), "FOODORDER_REPLICA_URL"),
            secret_key=text("SECRET_KEY"),
            base_url=text("BASE_URL").rstrip("/"),
            mail=Mail(
                host=text("MAIL_HOST"),
                port=_port(text("MAIL_PORT", "25")),
                username=text("MAIL_USERNAME"),
                password=text("MAIL_PASSWORD"),
                encryption=_choice(
                    text("MAIL_ENCRYPTION", "none"), "MAIL_ENCRYPTION", ("none", "starttls", "tls")
                ),
                sender=text("MAIL_SENDER", "foodorder@localhost"),
                folder=text("MAIL_FOLDER"),
            ),
            metrics_token=text("METRICS_TOKEN"),
            log_format=_choice(text("LOG_FORMAT", "text"), "LOG_FORMAT", ("text", "json")),
        )


def sqlalchemy_url(value: str, name: str) -> str:
    """A PostgreSQL URL as SQLAlchemy wants it, empty for empty. Raises SettingsError naming the variable."""
    for prefix in ("postgresql://", "postgres://"):
        if value.startswith(prefix):
            return "postgresql+psycopg://" + value.removeprefix(prefix)
    if value and not value.startswith("postgresql+psycopg://"):
        raise SettingsError(f"{name} must begin with postgresql:// (PostgreSQL is the only engine).")
    return value


def _port(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise SettingsError(f"FOODORDER_MAIL_PORT must be a port number, not {value!r}.")
    return int(value)


def _choice(value: str, name: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise SettingsError(f"FOODORDER_{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value
