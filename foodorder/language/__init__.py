"""The language a text is written in, wherever it is written: a page, a mail, a document.

Plain Babel with the present language in a context variable: a request sets it for its reader, the outbox for
each recipient, a document for its language. Nothing here knows of Flask, so that mails and documents speak
with the same words and figures as pages. English sentences are the keys; Slovene is the default.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.support import LazyProxy, NullTranslations, Translations

from foodorder.config import PACKAGE

#: Each language names itself: whoever looks for it may not read the others.
LANGUAGES = {"sl": "Slovenščina", "en": "English"}
DEFAULT = "sl"
DEFAULT_ZONE = "Europe/Ljubljana"


@dataclass(frozen=True, slots=True)
class Speech:
    """A language and the zone in which times are told."""

    language: str = DEFAULT
    zone: str = DEFAULT_ZONE


SILENT = Speech()
_speech: ContextVar[Speech] = ContextVar("foodorder_speech", default=SILENT)


@contextmanager
def speaking(language: str, zone: str = DEFAULT_ZONE) -> Iterator[None]:
    """Speak `language` (unknown ones become the default) inside the block, telling times in `zone`."""
    token = _speech.set(Speech(language if language in LANGUAGES else DEFAULT, zone))
    try:
        yield
    finally:
        _speech.reset(token)


def speak(language: str, zone: str = DEFAULT_ZONE) -> None:
    """Speak `language` from here on in this context: what a request does for its reader."""
    _speech.set(Speech(language if language in LANGUAGES else DEFAULT, zone))


def get_locale() -> Locale:
    """The language spoken now."""
    return _locale(_speech.get().language)


def get_timezone() -> ZoneInfo:
    """The zone times are told in now."""
    return ZoneInfo(_speech.get().zone)


@cache
def _locale(language: str) -> Locale:
    return Locale(language)


@cache
def _translations(language: str) -> NullTranslations:
    return Translations.load(PACKAGE / "translations", [language])


def translations() -> NullTranslations:
    """The catalogue of the language spoken now."""
    return _translations(_speech.get().language)


def gettext(message: str, **values: Any) -> str:
    """The message in the language spoken now, its named placeholders filled."""
    text: str = translations().ugettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, num: int, **values: Any) -> str:
    """The form that the number asks for (Slovene has four), its placeholders filled when there are values.

    Templates call it without values: Jinja fills the placeholders itself, so that it can escape them.
    """
    text: str = translations().ungettext(singular, plural, num)
    return text % {"num": num, **values} if values else text


def pgettext(context: str, message: str, **values: Any) -> str:
    """Like gettext, for words whose translation depends on where they stand."""
    text: str = translations().upgettext(context, message)
    return text % values if values else text


def lazy_gettext(message: str, **values: Any) -> Any:
    """Translated only when it is shown: for forms and constants."""
    return LazyProxy(gettext, message, enable_cache=False, **values)
