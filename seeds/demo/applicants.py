"""Farms that ask and wait: one to be let into the municipality, one to be admitted to a lot."""

from datetime import date, datetime

import typst
from sqlalchemy import select

from foodorder.accounts import admission, producers
from foodorder.accounts.personal import Detail, set_detail
from foodorder.agreements import applications
from foodorder.agreements.models import LotApplication
from foodorder.db import db
from foodorder.language.times import local
from foodorder.rules.agreements import ApplicationState
from foodorder.rules.errors import Refusal
from foodorder.rules.files import read_file
from foodorder.rules.vat import TaxType
from foodorder.trail.actor import COMMAND
from seeds.demo import shapes
from seeds.demo.agreements import agreement_of, lot_of
from seeds.demo.load import Book
from seeds.demo.world import World

#: The farm that asks to be let in; the number is invented, its check digit right.
APPLICANT_TAX_NUMBER = "98765400"
#: The farm that asks to be admitted to a lot, and what it writes.
APPLICANT, ITS_LOT = "F42", "1"
NOTE = "Ponujamo ekološki fižol v zrnju, do 40 kg na teden od oktobra do pomladi."
#: What the coordinator answered before the farm asked again.
NOT_ENOUGH = "Certifikat navaja samo bučnice. Prosimo za certifikat, ki zajema tudi fižol."

_CERTIFICATE = """
#set document(title: "Certifikat {number}")
#set text(lang: "sl", size: 11pt)
= Potrdilo o ekološki pridelavi
Številka: *{number}* (izmišljena, za predstavitev) \\
Izdal: {body} \\
Izdano za: *{name}*, {place}

Velja od {first} do {last} za: bučnice, bučno olje, sončnično olje, fižol v zrnju.
"""


def apply_to(municipality_id: int, now: datetime) -> None:
    """A farm that waits for the coordinator's answer. Raises TaxNumberTaken when it has asked already."""
    data = producers.ProducerData(
        name="Kmetija Nad potokom",
        tax_type=TaxType.FLAT_RATE,
        tax_number=APPLICANT_TAX_NUMBER,
        village="Trstenik",
        postcode="4204",
        town="Golnik",
        latitude=46.287,
        longitude=14.383,
        email="nad.potokom@demo.example",
        description="Korenje, krompir, zelje, jabolka",
    )
    producer = producers.create_producer(data, actor=COMMAND, now=now)
    set_detail(Detail.CONTACT_NAME, "Neža Poskus", producer_id=producer.id, actor=COMMAND, now=now)
    set_detail(Detail.PHONE, "040 000 299", producer_id=producer.id, actor=COMMAND, now=now)
    farm = producers.FarmData(
        name=data.name,
        village=data.village,
        postcode=data.postcode,
        town=data.town,
        latitude=data.latitude,
        longitude=data.longitude,
        municipality_id=municipality_id,
    )
    producers.add_farm(producer, farm, actor=COMMAND, now=now)
    admission.apply(producer, municipality_id, actor=COMMAND, now=now)


def apply_for_a_lot(world: World, book: Book, municipality: str, now: datetime) -> None:
    """A farm asks to be admitted; what it asked in a week before was sent back, and it asks again."""
    agreement = agreement_of(book, municipality)
    lot = lot_of(agreement, ITS_LOT) if agreement else None
    if lot is None or APPLICANT not in book.sellers:
        return
    number = book.producers[APPLICANT]
    waiting = db.session.scalar(
        select(LotApplication).where(
            LotApplication.lot_id == lot.id,
            LotApplication.producer_id == number,
            LotApplication.state == ApplicationState.ASKED,
        )
    )
    if waiting is not None:
        applications.refuse(waiting, NOT_ENOUGH, actor=book.coordinators[municipality], now=now)
    try:
        files = [certificate(world.producers[APPLICANT], local(now).date())]
        applications.apply(lot.id, number, files, NOTE, actor=book.sellers[APPLICANT], now=now)
    except Refusal:
        # Somebody admitted it meanwhile, or ended the agreement: it does not ask again.
        return


def certificate(producer: shapes.Producer, today: date) -> tuple[str, bytes]:
    """An invented certificate of organic farming: name and PDF."""
    proof = next(one for one in producer.certificates if one.scheme == "organic")
    issued = proof.issued(today)[-1]
    source = _CERTIFICATE.format(
        number=issued.number,
        body=proof.body,
        name=producer.name,
        place=f"{producer.village}, {producer.postcode} {producer.town}",
        first=f"{issued.valid_from:%d. %m. %Y}",
        last=f"{issued.valid_to:%d. %m. %Y}",
    )
    content = typst.compile(source.encode(), format="pdf", ignore_system_fonts=True)
    return read_file(f"certifikat-{issued.number.replace('/', '-')}.pdf", content).name, content
