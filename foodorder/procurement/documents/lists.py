"""Printed lists of a coordinator: the offers of a cycle, and the producers of a municipality.

They show telephones, or change from hour to hour, so neither is kept.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Row, select
from sqlalchemy.orm import joinedload

from foodorder.accounts.models import Admission, AdmissionState, Farm, Municipality, PersonalDetail, Producer
from foodorder.catalogue.models import Offer, OfferState, OfferVersion, Product
from foodorder.catalogue.queries import newest_versions
from foodorder.db import db
from foodorder.language import formats, gettext, speaking
from foodorder.ordering.models import Cycle, CycleOffer
from foodorder.procurement.documents import words
from foodorder.procurement.documents.paper import Paper, file_name, head, section
from foodorder.procurement.documents.tables import Column, Figure, Table, amount_of
from foodorder.rules.certificates import SCHEMES
from foodorder.rules.cycle import State

#: One offer as a cycle sells it.
Sold = Row[OfferVersion, Offer, Farm, Producer]


def offers(language: str, base_url: str = "", *, cycle_id: int) -> Paper:
    """The offers of a cycle, farm by farm: as it sells them, or before it opens as they stand now."""
    cycle = db.session.get_one(Cycle, cycle_id)
    sold = _sold(cycle)
    with speaking(language, cycle.municipality.zone):
        days = formats.delivery_week(cycle.week, cycle.days)
        title = gettext("Offers for the week %(days)s", days=days)
        table = _offers_table(sold)
        content = {
            **head(title, f"{cycle.municipality.name}, {cycle.name}"),
            "author": cycle.municipality.name,
            "flipped": False,
            "sections": [
                section(name, _offers_table(group).without("producer").without_known(farm=name, pack=None))
                for name, group in _by_producer(sold)
            ],
        }
        name = file_name([gettext("offers"), cycle.municipality.code, cycle.name])
        return Paper("offers", cycle.id, name, language, "list", content, (table,), kept=False)


def _sold(cycle: Cycle) -> Sequence[Sold]:
    columns = select(OfferVersion, Offer, Farm, Producer)
    if cycle.state in (State.DRAFT, State.PLANNED):
        admitted = select(Admission.producer_id).where(
            Admission.municipality_id == cycle.municipality_id, Admission.state == AdmissionState.ADMITTED
        )
        ids = db.session.scalars(
            select(Offer.id).where(
                Offer.week == cycle.week,
                Offer.state == OfferState.PUBLISHED,
                Offer.producer_id.in_(admitted),
            )
        ).all()
        versions = [version.id for version in newest_versions(ids).values()]
        chosen = columns.where(OfferVersion.id.in_(versions))
    else:
        chosen = columns.join(CycleOffer, CycleOffer.offer_version_id == OfferVersion.id).where(
            CycleOffer.cycle_id == cycle.id
        )
    return db.session.execute(
        chosen.join(Offer, Offer.id == OfferVersion.offer_id)
        .join(Product, Product.id == Offer.product_id)
        .join(Producer, Producer.id == Offer.producer_id)
        .join(Farm, Farm.id == OfferVersion.farm_id)
        .order_by(Producer.sort_key, Producer.id, Product.sort_key, Offer.id)
    ).all()


def _by_producer(sold: Sequence[Sold]) -> Iterable[tuple[str, Sequence[Sold]]]:
    groups: dict[int, list[Sold]] = {}
    for row in sold:
        groups.setdefault(row.Producer.id, []).append(row)
    return [(rows[0].Producer.name, rows) for rows in groups.values()]


def _offers_table(sold: Sequence[Sold]) -> Table:
    columns = (
        Column("producer", gettext("Farm")),
        Column("product", gettext("Product"), share=4),
        Column("farm", gettext("Farm of origin"), share=3),
        Column("price", gettext("Net price"), Figure.MONEY),
        Column("unit", gettext("for one"), Figure.TEXT),
        Column("pack", gettext("Pack"), Figure.QUANTITY),
        Column("available", gettext("At most"), Figure.QUANTITY),
        Column("days", gettext("Days"), share=2),
        Column("state", gettext("Remark"), share=2),
    )
    rows = tuple(
        (
            row.Producer.name,
            row.OfferVersion.name,
            row.Farm.name,
            row.OfferVersion.price_cents,
            formats.unit_label(row.OfferVersion.unit),
            amount_of(row.OfferVersion.pack, row.OfferVersion.unit),
            amount_of(row.Offer.available, row.OfferVersion.unit),
            formats.weekdays(row.OfferVersion.days),
            gettext("withdrawn") if row.Offer.state == OfferState.WITHDRAWN else "",
        )
        for row in sold
    )
    return Table(gettext("Offers"), columns, rows)


def producers(language: str, base_url: str = "", *, municipality_id: int, today: date) -> Paper:
    """The admitted producers of a municipality with telephone, days, minimum and what is certified today."""
    municipality = db.session.get_one(Municipality, municipality_id)
    admitted = db.session.scalars(
        select(Admission)
        .join(Producer, Producer.id == Admission.producer_id)
        .where(Admission.municipality_id == municipality_id, Admission.state == AdmissionState.ADMITTED)
        .options(joinedload(Admission.producer).selectinload(Producer.certificates))
        .order_by(Producer.sort_key, Producer.id)
    ).all()
    phones = {
        row.producer_id: row.value
        for row in db.session.execute(
            select(PersonalDetail.producer_id, PersonalDetail.value).where(
                PersonalDetail.kind == "phone",
                PersonalDetail.producer_id.in_([row.producer_id for row in admitted]),
            )
        )
    }
    with speaking(language, municipality.zone):
        title = gettext("Producers of %(municipality)s", municipality=municipality.name)
        table = _producers_table(admitted, phones, today)
        printed = table.without("tax_number", "email")
        content = {
            **head(title, formats.long_day(today)),
            "author": municipality.name,
            "flipped": True,
            "sections": [section(gettext("Admitted producers"), printed)],
        }
        name = file_name([gettext("producers"), municipality.code, today.isoformat()])
        return Paper("producers", municipality.id, name, language, "list", content, (table,), kept=False)


def _producers_table(
    admitted: Sequence[Admission], phones: dict[int | None, str | None], today: date
) -> Table:
    columns = (
        Column("producer", gettext("Farm"), share=4),
        Column("village", gettext("Village"), share=3),
        Column("town", gettext("Post office"), share=2),
        Column("phone", gettext("Telephone")),
        Column("email", gettext("E-mail")),
        Column("kmg_mid", gettext("KMG-MID")),
        Column("tax_number", gettext("Tax number")),
        Column("tax_type", gettext("Taxed as"), share=3),
        Column("certificates", gettext("Certificates"), share=4),
        Column("days", gettext("Days"), share=3),
        Column("minimum", gettext("Minimum order"), Figure.MONEY),
    )
    rows = tuple(
        (
            row.producer.name,
            row.producer.village,
            f"{row.producer.postcode} {row.producer.town}",
            phones.get(row.producer_id) or "",
            row.producer.email or "",
            row.producer.kmg_mid or "",
            row.producer.tax_number,
            words.tax_type(row.producer.tax_type),
            _certificates(row.producer, today),
            formats.weekdays(row.days),
            row.minimum_cents or None,
        )
        for row in admitted
    )
    return Table(gettext("Producers"), columns, rows)


def _certificates(producer: Producer, today: date) -> str:
    held = sorted(
        {
            (certificate.scheme, certificate.valid_to)
            for certificate in producer.certificates
            if certificate.valid_from <= today <= certificate.valid_to
        }
    )
    return ", ".join(
        gettext(
            "%(scheme)s until %(day)s",
            scheme=gettext(SCHEMES[scheme].label) if scheme in SCHEMES else scheme,
            day=formats.day(until, year=True),
        )
        for scheme, until in held
    )
