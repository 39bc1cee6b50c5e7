"""Who is here, in which role, for whom; and the two decorators one of which every view carries.

`needs(permission)` lets in those whose present role has the permission: strangers go to the log-in, others
see that the page is not open to them. `public` says that anybody may. A test walks every route and fails on
one that says neither. Whose rows a view may touch is the matter of its loader: it asks `acting()` for the
institution, producer or municipality and answers 404 for everybody else's.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, abort, g, has_request_context, session
from flask_login import LoginManager, UserMixin, current_user

from foodorder.accounts.models import (
    Institution,
    LoginSession,
    Municipality,
    Person,
    Producer,
    RoleGrant,
)
from foodorder.accounts.sessions import Found, find_session, load_session
from foodorder.db import clock, db
from foodorder.language import DEFAULT_ZONE, gettext
from foodorder.rules.permissions import ROLE_LABELS, Permission, Role, may
from foodorder.trail.actor import Actor, Source

P = ParamSpec("P")
R = TypeVar("R")

#: What a coordinator who acts for a producer may do on their behalf.
ON_BEHALF = frozenset(permission for permission in Permission if may(Role.PRODUCER, permission))


class LoggedIn(UserMixin):
    """The browser's login session, for Flask-Login. Its rows are read when somebody asks for them."""

    def __init__(self, secret: str, found: Found) -> None:
        self.id = secret
        self.found = found
        self.person_id = found.person_id
        self.language = found.language

    @cached_property
    def login(self) -> LoginSession:
        """The session's row."""
        return load_session(self.found.session_id)

    @property
    def person(self) -> Person:
        """Who is logged in."""
        return self.login.person


class Acting:
    """The person in the role they work in now. `producer` is set too while a coordinator acts for one."""

    def __init__(self, logged_in: LoggedIn, role: Role) -> None:
        self.found = logged_in.found
        self.role = role
        self.on_behalf = role is Role.COORDINATOR and self.found.on_behalf_of is not None
        self._logged_in = logged_in

    @property
    def person(self) -> Person:
        """Who acts."""
        return self._logged_in.person

    @cached_property
    def grant(self) -> RoleGrant:
        """What gives them the role."""
        grant = self._logged_in.login.grant
        assert grant is not None  # noqa: S101 - without one there is no role
        return grant

    @property
    def institution(self) -> Institution | None:
        """The kitchen the role is in."""
        return self.grant.institution

    @cached_property
    def producer(self) -> Producer | None:
        """The farm the role is in, or that a coordinator acts for."""
        if self.on_behalf:
            return db.session.get(Producer, self.found.on_behalf_of)
        return self.grant.producer

    @cached_property
    def municipality(self) -> Municipality | None:
        """The role's municipality; a farm's is the first that admitted it."""
        mine = self.grant.municipality or (self.institution.municipality if self.institution else None)
        if mine is None and self.producer is not None:
            admitted = [admission.municipality_id for admission in self.producer.admissions]
            return db.session.get(Municipality, min(admitted)) if admitted else None
        return mine

    @property
    def zone(self) -> str:
        """The time zone of the municipality."""
        if self.found.zone:
            return self.found.zone
        return self.municipality.zone if self.municipality else DEFAULT_ZONE

    @property
    def actor(self) -> Actor:
        """For services and the trail."""
        whom = f"producer {self.producer.id}" if self.on_behalf and self.producer else None
        return Actor(Source.PERSON, self.found.person_id, self.role.value, whom, g.get("request_id"))

    @property
    def municipality_name(self) -> str:
        """Of the top bar."""
        return self.municipality.name if self.municipality else gettext("Food from nearby")

    @property
    def organisation_name(self) -> str:
        """Whom the person acts for."""
        organisation = self.institution or self.producer
        if self.institution:
            return self.institution.short_name
        return organisation.name if organisation else self.municipality_name

    @property
    def role_label(self) -> str:
        """The role in the reader's language."""
        return gettext(ROLE_LABELS[self.role])

    @property
    def others(self) -> list[tuple[str, str, str]]:
        """The person's other live roles: (grant id, organisation, role) to switch to."""
        return [
            (str(grant.id), _organisation_name(grant), gettext(ROLE_LABELS[Role(grant.role)]))
            for grant in self.person.grants
            if grant.id != self.grant.id and is_live(grant)
        ]

    def may(self, permission: Permission) -> bool:
        """Whether the present role has the permission."""
        return may(self.role, permission) or (self.on_behalf and permission in ON_BEHALF)


def _organisation_name(grant: RoleGrant) -> str:
    organisation = grant.institution or grant.producer or grant.municipality
    return organisation.name if organisation else gettext("Installation")


def is_live(grant: RoleGrant) -> bool:
    """Neither revoked nor past its end."""
    return grant.revoked_at is None and (grant.valid_until is None or grant.valid_until > clock())


def acting() -> Acting | None:
    """The person of this request in their present role; None for visitors and people without any role."""
    if "acting" not in g:
        g.acting = _acting() if current_user.is_authenticated else None
    present: Acting | None = g.acting
    return present


def present() -> Acting:
    """Like acting(), inside views that need a permission: there is always somebody."""
    somebody = acting()
    if somebody is None:
        abort(403)
    return somebody


def look_again() -> None:
    """After a change of role: who acts from here on in this request."""
    current_user.found = find_session(current_user.id) or abort(login_manager.unauthorized())
    g.pop("acting", None)


def own_actor() -> Actor:
    """The person who is logged in, for what they do about themselves, whatever their role."""
    somebody = acting()
    if somebody is not None:
        return somebody.actor
    return Actor(Source.PERSON, current_user.person_id, request_id=g.get("request_id"))


@dataclass(frozen=True, slots=True)
class Ended:
    """An access limited in time that is over: role and organisation in words, its last moment."""

    role: str
    organisation: str
    last: datetime


def ended_access() -> Ended | None:
    """The present browser's role, if its time has run out."""
    if not current_user.is_authenticated or acting() is not None:
        return None
    grant = current_user.login.grant
    if grant is None or grant.revoked_at is not None or grant.last_moment is None:
        return None
    return Ended(gettext(ROLE_LABELS[Role(grant.role)]), _organisation_name(grant), grant.last_moment)


def _acting() -> Acting | None:
    role = current_user.found.role
    return Acting(current_user._get_current_object(), Role(role)) if role else None


def needs(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Only for those whose present role has the permission."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not current_user.is_authenticated:
                abort(login_manager.unauthorized())
            somebody = acting()
            if somebody is None or not somebody.may(permission):
                abort(403)
            return view(*args, **kwargs)

        guarded.needs = permission  # type: ignore[attr-defined]
        return guarded

    return mark


def logged_in(view: Callable[P, R]) -> Callable[P, R]:
    """For everybody who is logged in, whatever their role: their own profile, switching roles."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not current_user.is_authenticated:
            abort(login_manager.unauthorized())
        return view(*args, **kwargs)

    guarded.needs = "logged_in"  # type: ignore[attr-defined]
    return guarded


def public(view: Callable[P, R]) -> Callable[P, R]:
    """For anybody, logged in or not."""
    view.needs = "public"  # type: ignore[attr-defined]
    return view


login_manager = LoginManager()
login_manager.login_view = "auth.login"
login_manager.login_message = None
# The session is bound to a revocable row; comparing addresses would log out every phone that changes cells.
login_manager.session_protection = None


@login_manager.user_loader
def load_login(secret: str) -> LoggedIn | None:
    """The login session behind the cookie's secret, if it is alive."""
    found = find_session(secret)
    return LoggedIn(secret, found) if found else None


def name_request() -> None:
    """Give each request a name that stands in its log lines and in its trail."""
    g.request_id = uuid.uuid4().hex[:16]


def remember_login() -> None:
    """Let the cookie live as long as the login session; set once, for setting it signs the cookie anew."""
    if not session.permanent:
        session.permanent = True


def register_access(app: Flask) -> None:
    """Install the log-in and tell templates who acts."""
    login_manager.init_app(app)
    app.before_request(name_request)
    app.before_request(remember_login)

    @app.context_processor
    def who() -> dict[str, Any]:
        somebody = acting() if has_request_context() else None
        return {"acting": somebody, "Permission": Permission}
