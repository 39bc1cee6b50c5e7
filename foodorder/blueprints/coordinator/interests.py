"""Declared interests and statements of owners: what was declared, a new one, a correction, an end."""

from typing import Any

from flask import render_template, url_for
from flask_wtf.file import FileField
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from foodorder.accounts.interests import (
    Declaring,
    correct,
    declaration_of,
    declarations,
    declare,
    end,
    local_day,
)
from foodorder.accounts.models import AdmissionState, InterestDeclaration
from foodorder.accounts.ownership import enter_statement, statements_of
from foodorder.accounts.queries import institutions_of, people_of_municipality, producers_of
from foodorder.agreements.integrity import timeliness
from foodorder.audit.ownership import asked_for_statements
from foodorder.blueprints.coordinator.counter import (
    Answer,
    bp,
    done,
    found,
    municipality,
    own_admission,
    page,
)
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.files import handed_in
from foodorder.blueprints.shared.forms import BaseForm, ShareField, options
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.language import lazy_gettext as _l
from foodorder.rules.errors import Refusal
from foodorder.rules.files import MOST_BYTES, read_files
from foodorder.rules.integrity import RELATIONS, Relation
from foodorder.rules.permissions import Permission


class InterestForm(BaseForm):
    """What a functionary declared of themselves or of their family."""

    name = StringField(_l("Functionary"), [DataRequired(), Length(max=120)])
    office = StringField(
        _l("Office"), [DataRequired(), Length(max=120)],
        description=_l("For example: head teacher, member of the council."),
    )  # fmt: skip
    institution_id = SelectField(_l("Which body they serve"), [InputRequired()], coerce=int)
    person_id = SelectField(
        _l("Their log-in"), [InputRequired()], coerce=int,
        description=_l("If they use this system, they are kept out of decisions about the producer."),
    )  # fmt: skip
    producer_id = SelectField(_l("Producer"), [InputRequired()], coerce=int)
    relation = SelectField(_l("What ties them to it"), [InputRequired()])
    share_bp = ShareField(_l("Their and their family’s part"), description=_l("Needed for owners."))
    declared_on = DateField(_l("Declared on"), [InputRequired()])
    valid_from = DateField(_l("The tie stands since"), [InputRequired()])
    valid_to = DateField(_l("Last day"), [Optional()], description=_l("Empty while it stands."))
    note = TextAreaField(_l("Note"), [Length(max=1000)])

    def offer_choices(self, municipality_id: int, name: str) -> None:
        """Our institutions, people and producers; 0 stands for the municipality itself, and for nobody."""
        institutions = [(one.id, one.name) for one in institutions_of(municipality_id, active=False)]
        people = {grant.person_id: grant.person.name for grant in people_of_municipality(municipality_id)}
        producers = producers_of(municipality_id, tuple(AdmissionState))
        self.institution_id.choices = options(
            [(0, _("%(municipality)s, the municipality itself", municipality=name)), *institutions]
        )
        self.person_id.choices = options([(0, _("none")), *sorted(people.items(), key=lambda one: one[1])])
        self.producer_id.choices = options((one.producer_id, one.producer.name) for one in producers)
        self.relation.choices = options((one.value, _(words)) for one, words in RELATIONS.items())

    def declaring(self) -> Declaring:
        """What was typed, for the service."""
        typed: dict[str, Any] = {name: self[name].data for name in Declaring.__dataclass_fields__}
        for name in ("institution_id", "person_id", "note"):
            typed[name] = typed[name] or None
        return Declaring(**typed | {"relation": Relation(typed["relation"])})


class EndForm(BaseForm):
    """The last day of a tie."""

    valid_to = DateField(_l("Last day"), [InputRequired()])


class OwnershipForm(BaseForm):
    """A statement of who owns a producer."""

    signed_on = DateField(_l("Signed on"), [InputRequired()])
    owners = TextAreaField(
        _l("Owners, as stated"), [DataRequired(), Length(max=2000)],
        description=_l("Names, addresses or registered offices, and parts."),
    )  # fmt: skip
    documents = FileField(
        _l("The statement itself"),
        description=_l("PDF, JPG or PNG, at most %(most)s MB.", most=MOST_BYTES // 1_000_000),
    )


@bp.get("/interests")
@needs(Permission.INTERESTS_MANAGE)
def interests() -> str:
    """Declarations, and which suppliers owe a statement of their owners."""
    own = municipality()
    rows = declarations(own.id)
    return render_template(
        "coordinator/interests.html",
        municipality=own,
        rows=rows,
        times=timeliness(rows),
        relations=RELATIONS,
        owing=asked_for_statements(own.id, local_day(own, clock())),
    )


@bp.route("/interests/new", methods=["GET", "POST"])
@needs(Permission.INTERESTS_MANAGE)
def new_interest() -> Answer:
    """Enter a declaration."""
    own, form = municipality(), InterestForm()
    form.offer_choices(own.id, own.name)
    if form.validate_on_submit():
        try:
            with transaction():
                declare(own, form.declaring(), actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("The declaration is entered."), "coordinator.interests")
    return page("coordinator/interest.html", form, row=None)


@bp.route("/interests/<int:interest_id>", methods=["GET", "POST"])
@needs(Permission.INTERESTS_MANAGE)
def interest(interest_id: int) -> Answer:
    """Correct a declaration that was entered wrongly."""
    own, row = municipality(), own_interest(interest_id)
    stored = {name: getattr(row, name) for name in Declaring.__dataclass_fields__}
    stored |= {"institution_id": row.institution_id or 0, "person_id": row.person_id or 0}
    form = InterestForm(data=stored)
    form.offer_choices(own.id, own.name)
    if form.validate_on_submit():
        try:
            with transaction():
                correct(row, form.declaring(), actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("The declaration is corrected."), "coordinator.interests")
    return page("coordinator/interest.html", form, row=own_interest(interest_id))


@bp.route("/interests/<int:interest_id>/end", methods=["GET", "POST"])
@needs(Permission.INTERESTS_MANAGE)
def end_interest(interest_id: int) -> Answer:
    """Write the last day of a tie."""
    row, form = own_interest(interest_id), EndForm()
    if form.validate_on_submit() and form.valid_to.data:
        try:
            with transaction():
                end(row, form.valid_to.data, actor=present().actor, now=clock())
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("The declaration ends."), "coordinator.interests")
    return page("coordinator/end_interest.html", form, row=own_interest(interest_id))


@bp.route("/producers/<int:producer_id>/ownership", methods=["GET", "POST"])
@needs(Permission.INTERESTS_MANAGE)
def ownership(producer_id: int) -> Answer:
    """Enter a producer's statement of owners; those that came before stand below."""
    own, admission, form = municipality(), own_admission(producer_id), OwnershipForm()
    if form.validate_on_submit() and form.signed_on.data:
        try:
            with transaction():
                file = form.documents.data
                documents = read_files(handed_in([file] if file else []))
                enter_statement(
                    admission.producer, own, signed_on=form.signed_on.data, owners=form.owners.data or "",
                    document=documents[0] if documents else None, actor=present().actor, now=clock(),
                )  # fmt: skip
        except Refusal as reason:
            form.refuse(reason)
        else:
            return done(_("The statement is entered."), "coordinator.ownership", producer_id=producer_id)
    return page(
        "coordinator/ownership.html",
        form,
        producer=own_admission(producer_id).producer,
        statements=statements_of(municipality().id, producer_id),
        action=url_for("coordinator.ownership", producer_id=producer_id),
    )


def own_interest(interest_id: int) -> InterestDeclaration:
    """A declaration of this municipality; 404 for another's."""
    return found(declaration_of(municipality().id, interest_id))
