"""The line to the mail server: one connection for many messages, and what its refusals mean."""

import smtplib
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from pathlib import Path
from types import TracebackType

from foodorder.config import Mail

TIMEOUT_SECONDS = 20


class Unreachable(Exception):
    """The server cannot be reached or does not take our log-in: no message can be sent now."""


class NotNow(Exception):
    """The server did not take this message for the moment (4xx), or broke off."""


class Never(Exception):
    """The server will not take this message, ever (5xx)."""


class Post:
    """A context that keeps the connection open between messages and opens it anew after a failure."""

    def __init__(self, mail: Mail) -> None:
        self.mail = mail
        self._server: smtplib.SMTP | None = None
        #: The server is down, too slow or broke off: nobody should wait for it once more in this run.
        self.broken = False

    def __enter__(self) -> "Post":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def hand_over(self, envelope: EmailMessage, address: str) -> str:
        """Hand one mail over; returns the server's answer to it.

        Raises Unreachable, NotNow or Never, each with the server's words.
        """
        if not self.mail.host:
            return _keep(envelope, Path(self.mail.folder))
        server = self._connected()
        sender = parseaddr(self.mail.sender)[1]
        try:
            for code, answer in (server.mail(sender), server.rcpt(address)):
                _check(code, answer)
            code, answer = server.data(envelope.as_bytes(policy=SMTP))
            _check(code, answer)
        except (NotNow, Never):
            # What was begun is undone before the next message; the simplest way is a new connection.
            self._hang_up()
            raise
        except UnicodeEncodeError as error:
            self._hang_up()
            raise Never(f"not an address that mail servers take: {address}") from error
        except smtplib.SMTPDataError as error:
            self._hang_up()
            _check(error.smtp_code, error.smtp_error)
            raise NotNow(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            self.broken = True
            raise NotNow(str(error) or type(error).__name__) from error
        return f"{code} {_words(answer)}"

    def _connected(self) -> smtplib.SMTP:
        # A server that grew tired of waiting while an attachment was made has gone; asking costs nothing.
        if self._server is not None and _answers(self._server):
            return self._server
        self._hang_up()
        try:
            self._server = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            self.broken = True
            cause = str(error) or type(error).__name__
            raise Unreachable(f"{self.mail.host}:{self.mail.port}: {cause}") from error
        return self._server

    def _connect(self) -> smtplib.SMTP:
        mail = self.mail
        if mail.encryption == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                mail.host, mail.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_SECONDS)
        try:
            if mail.encryption == "starttls":
                server.starttls(context=ssl.create_default_context())
            if mail.username:
                server.login(mail.username, mail.password)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _hang_up(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            server.close()


def _keep(envelope: EmailMessage, folder: Path) -> str:
    """Write a mail into a folder, for an installation that is only tried out; the newest sorts last."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = str(envelope["Message-ID"]).strip("<>").partition("@")[0][:8]
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{mark}.eml"
    (folder / name).write_bytes(envelope.as_bytes(policy=SMTP))
    return f"written to {folder.name}/{name}: no mail server is set up"


def _answers(server: smtplib.SMTP) -> bool:
    try:
        return server.noop()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _check(code: int, answer: bytes | str) -> None:
    if 200 <= code < 300:
        return
    words = f"{code} {_words(answer)}"
    raise Never(words) if 500 <= code < 600 else NotNow(words)


def _words(answer: bytes | str) -> str:
    plain = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(plain.split())
