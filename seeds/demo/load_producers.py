"""The producers of the invented world: who they are, what proves it, what they sell."""

from datetime import date, datetime

from foodorder.accounts import admission, municipalities, producers
from foodorder.accounts.models import Municipality, Producer, ProducerKind
from foodorder.accounts.personal import Detail, set_detail
from foodorder.catalogue import products
from foodorder.rules.vat import TaxType
from foodorder.trail.actor import COMMAND
from seeds.demo import shapes
from seeds.demo.world import World

YEARS_OF_CERTIFICATES = 3


def municipality_of(code: str) -> Municipality:
    """A municipality of the reference data. Raises LookupError for a code it does not have."""
    found = municipalities.by_code(code)
    if found is None:
        raise LookupError(f"no municipality {code}: load the reference data first")
    return found


def add_producer(
    world: World, one: shapes.Producer, foods: dict[str, int], today: date, now: datetime
) -> None:
    """Enter one producer of the world with farms, permits, certificates and products.

    `foods`: food types by their code; `today` is the day certificates are dated around.
    """
    data = producers.ProducerData(
        name=one.name,
        kind=ProducerKind(one.kind),
        tax_type=TaxType(one.tax_type),
        tax_number=one.tax_number,
        registration_number=one.registration_number,
        kmg_mid=one.kmg_mid,
        village=one.village,
        postcode=one.postcode,
        town=one.town,
        latitude=float(one.latitude),
        longitude=float(one.longitude),
        email=one.email,
        description=one.note or None,
    )
    producer = producers.create_producer(data, actor=COMMAND, now=now)
    for where in one.admissions:
        admission.admit_directly(
            producer,
            municipality_of(where.municipality).id,
            days=where.days,
            minimum_cents=where.minimum_cents,
            actor=COMMAND,
            now=now,
        )
    personal = {
        Detail.PHONE: one.phone,
        Detail.IBAN: one.iban,
        Detail.ADDRESS: one.address,
        Detail.CONTACT_NAME: one.contact_name,
    }
    for kind, value in personal.items():
        set_detail(kind, value, producer_id=producer.id, actor=COMMAND, now=now)
    for permit in one.permits:
        producers.add_permit(
            producer,
            producers.PermitData(
                kind=permit.kind,
                number=permit.number,
                valid_from=permit.valid_from,
                valid_to=permit.valid_to,
            ),
            actor=COMMAND,
            now=now,
        )
    farms = {farm.code: _add_farm(producer, farm, now) for farm in one.farms}
    proofs = _add_certificates(producer, one, farms, today, now)
    for product in world.products.values():
        if product.producer == one.code:
            _add_product(producer, product, foods, farms, proofs, now)


def _add_farm(producer: Producer, one: shapes.Farm, now: datetime) -> int:
    data = producers.FarmData(
        name=one.name,
        kmg_mid=one.kmg_mid or None,
        village=one.village,
        postcode=one.postcode,
        town=one.town,
        latitude=float(one.latitude),
        longitude=float(one.longitude),
        municipality_id=municipality_of(one.municipality).id,
    )
    return producers.add_farm(producer, data, actor=COMMAND, now=now).id


def _add_certificates(
    producer: Producer, one: shapes.Producer, farms: dict[str, int], today: date, now: datetime
) -> dict[str, list[int]]:
    """Certificates of the last years by their code in the world."""
    found: dict[str, list[int]] = {}
    for proof in one.certificates:
        for issued in proof.issued(today, YEARS_OF_CERTIFICATES):
            data = producers.CertificateData(
                scheme=proof.scheme,
                number=issued.number,
                body=proof.body,
                valid_from=issued.valid_from,
                valid_to=issued.valid_to,
                farm_id=farms.get(proof.farm),
            )
            row = producers.add_certificate(producer, data, actor=COMMAND, now=now)
            found.setdefault(proof.code, []).append(row.id)
    return found


def _add_product(
    producer: Producer,
    one: shapes.Product,
    foods: dict[str, int],
    farms: dict[str, int],
    proofs: dict[str, list[int]],
    now: datetime,
) -> None:
    data = products.ProductData(
        food_type_id=foods[one.food_type],
        farm_id=farms[one.farm],
        name=one.name,
        order_step=one.order_step,
        pack=one.pack,
        minimum_quantity=one.minimum_quantity,
        allergens=one.allergens,
        traces=one.traces,
        certificate_ids=[number for code in one.certificates for number in proofs[code]],
    )
    products.create_product(producer.id, data, actor=COMMAND, now=now)
