"""The forms of the log-in counter."""

from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, Email, EqualTo, InputRequired, Length

from foodorder.blueprints.shared.forms import BaseForm, options
from foodorder.language import LANGUAGES
from foodorder.language import lazy_gettext as _l
from foodorder.rules.passwords import SHORTEST


def new_password() -> PasswordField:
    """A password that is chosen now; the rules judge it."""
    return PasswordField(
        _l("New password"),
        [DataRequired()],
        description=_l(
            "At least %(count)s characters. Three or four words are easy to remember.", count=SHORTEST
        ),
        render_kw={"autocomplete": "new-password"},
    )


def repeated_password() -> PasswordField:
    """The same once more, since nobody sees what they type."""
    return PasswordField(
        _l("The same once more"),
        [DataRequired(), EqualTo("password")],
        render_kw={"autocomplete": "new-password"},
    )


class LoginForm(BaseForm):
    """E-mail and password."""

    email = EmailField(
        _l("E-mail address"), [DataRequired(), Length(max=254)], render_kw={"autocomplete": "username"}
    )
    password = PasswordField(
        _l("Password"), [DataRequired(), Length(max=200)], render_kw={"autocomplete": "current-password"}
    )


class ForgottenForm(BaseForm):
    """The address to which a link for a new password goes."""

    email = EmailField(
        _l("E-mail address"),
        [DataRequired(), Length(max=254), Email()],
        render_kw={"autocomplete": "username"},
    )


class PasswordForm(BaseForm):
    """A new password, by a mailed link."""

    password = new_password()
    again = repeated_password()


class InvitationForm(BaseForm):
    """What an invited person tells: how they write their name, and a password."""

    name = StringField(
        _l("Name and surname"), [DataRequired(), Length(max=120)], render_kw={"autocomplete": "name"}
    )
    password = new_password()
    again = repeated_password()


class ChangePasswordForm(BaseForm):
    """The present password, and the new one."""

    present = PasswordField(
        _l("Present password"), [DataRequired()], render_kw={"autocomplete": "current-password"}
    )
    password = new_password()
    again = repeated_password()


class ProfileForm(BaseForm):
    """Name and language."""

    name = StringField(
        _l("Name and surname"), [DataRequired(), Length(max=120)], render_kw={"autocomplete": "name"}
    )
    language = SelectField(_l("Language"), [InputRequired()], choices=options(LANGUAGES.items()))
