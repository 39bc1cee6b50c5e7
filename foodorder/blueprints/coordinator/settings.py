"""What the municipality decides for itself: packs, minimums, language, whom to ask, what the public sees."""

from wtforms import RadioField, SelectField, StringField
from wtforms.validators import Email, InputRequired, Length, Optional

from foodorder.accounts.municipalities import MunicipalitySettings, save_settings, show_in_public
from foodorder.blueprints.coordinator.counter import Answer, bp, done, municipality, page
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import BaseForm, options
from foodorder.db import clock, transaction
from foodorder.language import LANGUAGES
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.aggregation import MinimumRule, PackRounding
from foodorder.rules.permissions import Permission
from foodorder.rules.publicity import SMALL_PRODUCERS, SmallProducers

PACKS = {
    PackRounding.ASK: _l("Each kitchen chooses when it orders"),
    PackRounding.UP: _l("Rounded up to whole packs"),
    PackRounding.DOWN: _l("Rounded down to whole packs"),
}
MINIMUMS = {
    MinimumRule.CANCEL: _l("Cancelled, and the kitchen is told"),
    MinimumRule.WAIVE: _l("Delivered all the same; the record says so"),
}

OPEN, SHUT = "open", "shut"
WINDOW = {
    OPEN: _l("Anybody may see what the kitchens buy, from where and at what price"),
    SHUT: _l("Shut; the figures are for auditors alone"),
}


class SettingsForm(BaseForm):
    """The rules of the close, and how the municipality is reached."""

    pack_rounding = RadioField(_l("Sums that are not whole packs"), choices=options(PACKS.items()))
    minimum_rule = RadioField(_l("Orders below a producer’s minimum"), choices=options(MINIMUMS.items()))
    contact_email = StringField(
        _l("Address for questions"), [Optional(), Email(), Length(max=254)],
        description=_l("Stands in messages and on the public page."),
    )  # fmt: skip
    language = SelectField(_l("Language of messages"), [InputRequired()], choices=options(LANGUAGES.items()))
    window = RadioField(_l("Public window"), choices=options(WINDOW.items()))
    public_small_producers = RadioField(
        _l("Farmers who sell as natural persons are told in public"),
        choices=options((value.value, _l(words)) for value, words in SMALL_PRODUCERS.items()),
        description=_l("Firms, cooperatives, those identified for VAT and the kitchens are always named."),
    )


@bp.route("/settings", methods=["GET", "POST"])
@needs(Permission.INSTITUTIONS_MANAGE)
def settings() -> Answer:
    """Change the municipality's rules; cycles already planned keep those they were made with."""
    own = municipality()
    form = SettingsForm(obj=own, window=OPEN if own.public_window else SHUT)
    if form.validate_on_submit():
        decided = MunicipalitySettings(
            contact_email=form.contact_email.data or None,
            pack_rounding=PackRounding(form.pack_rounding.data),
            minimum_rule=MinimumRule(form.minimum_rule.data),
            language=form.language.data,
            zone=own.zone,
        )
        with transaction():
            save_settings(own, decided, actor=present().actor, now=clock())
            show_in_public(
                own,
                form.window.data == OPEN,
                SmallProducers(form.public_small_producers.data),
                actor=present().actor,
                now=clock(),
            )
        return done(_("Saved. New cycles follow these rules."), "coordinator.institutions")
    return page("coordinator/settings.html", form, municipality=own)
