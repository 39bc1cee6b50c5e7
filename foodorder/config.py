"""Settings of one installation, read once from FOODORDER_* environment variables.

Nothing else in the program reads the environment. `Settings.from_environment()` raises
`SettingsError` with one sentence per wrong value, so that a person can mend it.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

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
class Stripe:
    """How cards and direct debits are taken; without a key and a webhook secret they are not."""

    api_key: str = field(default="", repr=False)
    #: Shown to browsers, which give cards to Stripe directly; empty: direct debits alone.
    publishable_key: str = ""
    webhook_secret: str = field(default="", repr=False)
    api_base: str = ""

    @property
    def configured(self) -> bool:
        """Whether payments by card or debit are offered at all."""
        return bool(self.api_key and self.webhook_secret)

    @property
    def genuine(self) -> bool:
        """Whether it is Stripe itself, and no server that stands in for it in a trial."""
        return self.api_base == STRIPE_API

    @property
    def script(self) -> str:
        """Address of the script that takes a card in the browser."""
        return "https://js.stripe.com/v3/" if self.genuine else f"{self.api_base}/js.stripe.com/v3/"


STRIPE_API = "https://api.stripe.com"


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
    stripe: Stripe = Stripe()
    #: Of the numbers of contracting processes: given by the Open Contracting Partnership; this one to nobody.
    ocds_prefix: str = "000000"

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
            stripe=Stripe(
                api_key=text("STRIPE_API_KEY"),
                publishable_key=text("STRIPE_PUBLISHABLE_KEY"),
                webhook_secret=text("STRIPE_WEBHOOK_SECRET"),
                api_base=_address(text("STRIPE_API_BASE", STRIPE_API), "STRIPE_API_BASE"),
            ),
            ocds_prefix=_prefix(text("OCDS_PREFIX", "000000")),
        )


def sqlalchemy_url(value: str, name: str) -> str:
    """A PostgreSQL URL as SQLAlchemy wants it, empty for empty. Raises SettingsError naming the variable."""
    for prefix in ("postgresql://", "postgres://"):
        if value.startswith(prefix):
            return "postgresql+psycopg://" + value.removeprefix(prefix)
    if value and not value.startswith("postgresql+psycopg://"):
        raise SettingsError(f"{name} must begin with postgresql:// (PostgreSQL is the only engine).")
    return value


def _address(value: str, name: str) -> str:
    found = urlsplit(value)
    # It goes into headers and pages: an origin and nothing else.
    if found.scheme not in ("http", "https") or not re.fullmatch(r"[\w.\-\[\]:]+", found.netloc):
        raise SettingsError(
            f"FOODORDER_{name} must be an address such as https://example.org, not {value!r}."
        )
    return f"{found.scheme}://{found.netloc}"


def _prefix(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]{6}", value):
        raise SettingsError(
            f"FOODORDER_OCDS_PREFIX must be six small letters or digits, without “ocds-”, not {value!r}."
        )
    return value


def _port(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise SettingsError(f"FOODORDER_MAIL_PORT must be a port number, not {value!r}.")
    return int(value)


def _choice(value: str, name: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise SettingsError(f"FOODORDER_{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value
