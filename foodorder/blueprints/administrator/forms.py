"""The administrator's forms."""

from typing import Any

from wtforms import DateField, EmailField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional, ValidationError

from foodorder.blueprints.shared.forms import BaseForm, options
from foodorder.language import LANGUAGES
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.aggregation import MinimumRule, PackRounding
from foodorder.rules.permissions import ROLE_LABELS, Role

#: Whom the administrator brings in; kitchens and farms are the coordinator's matter.
STAFF = (Role.COORDINATOR, Role.AUDITOR, Role.ADMINISTRATOR)


class SettingsForm(BaseForm):
    """What a municipality decides for itself."""

    contact_email = EmailField(
        _l("E-mail address for questions"),
        [Optional(), Email(), Length(max=254)],
        description=_l("Stands on the public page and in messages to farms."),
    )
    pack_rounding = RadioField(
        _l("When what kitchens ordered does not fill whole packages"),
        choices=options(
            [
                (PackRounding.ASK.value, _l("each kitchen decides, on its own page")),
                (PackRounding.UP.value, _l("round up to the next package")),
                (PackRounding.DOWN.value, _l("round down to whole packages")),
            ]
        ),
    )
    minimum_rule = RadioField(
        _l("When an order stays below the farm’s minimum"),
        choices=options(
            [
                (MinimumRule.CANCEL.value, _l("cancel it and tell both")),
                (MinimumRule.WAIVE.value, _l("keep it, and the farm delivers all the same")),
            ]
        ),
    )
    language = SelectField(_l("Language of documents"), [InputRequired()], choices=options(LANGUAGES.items()))


class InviteForm(BaseForm):
    """Somebody who runs or checks a municipality, or the installation."""

    name = StringField(_l("Name and surname"), [DataRequired(), Length(max=120)])
    email = EmailField(_l("E-mail address"), [DataRequired(), Email(), Length(max=254)])
    role = RadioField(
        _l("Role"), [InputRequired()], choices=options((role.value, _l(ROLE_LABELS[role])) for role in STAFF)
    )
    municipality = SelectField(
        _l("Municipality"),
        coerce=lambda value: int(value) if value else None,
        description=_l("Administrators have the whole installation: choose none for them."),
    )
    valid_until = DateField(
        _l("Access until"),
        [Optional()],
        description=_l("The last day, for outside auditors. Empty: until it is taken away."),
    )
    language = SelectField(_l("Language"), [InputRequired()], choices=options(LANGUAGES.items()))

    def validate_municipality(self, field: Any) -> None:
        """All but administrators belong to one municipality."""
        if self.role.data != Role.ADMINISTRATOR and field.data is None:
            raise ValidationError(_("Choose the municipality."))
