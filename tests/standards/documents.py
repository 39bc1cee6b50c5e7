"""Documents by chance, from a seed: all tax types, rates and units, partial deliveries, credits, and names
that are hard to write in XML.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from foodorder.exchange.model import (
    Address,
    Answer,
    AnswerLine,
    Contact,
    Corrected,
    DespatchAdvice,
    DespatchLine,
    Endpoint,
    Invoice,
    Kind,
    Line,
    Order,
    OrderResponse,
    Outstanding,
    Party,
    Period,
    Place,
    Substitute,
    Vat,
    VatCategory,
    vat_of_treatment,
)
from foodorder.rules.vat import EXEMPT, Treatment, TreatmentCode

T = TypeVar("T")

#: Names as people, machines and enemies write them.
NAMES = (
    "Kmetija Žlebnik",
    "Čebelarstvo Šušteršič & sinovi, d.o.o.",
    "Jabolka »Topaz« <ekološka> [sorta 'A' & \"B\"]",
    "]]> &amp; <!-- konec --> <?xml version='1.0'?>",
    "<!DOCTYPE lolz [<!ENTITY a 'b'>]> &a;",
    "Sir\x00 z \x0bnapako\x1f \ufffe\uffff",
    "polovica \ud83d znaka \udc00 tukaj",
    "Mleko\u00a0surovo\t3,5 %\r\n v\u2028steklenici",
    "  presledki   na   robovih  ",
    "🥕 korenje 𝒜 mlado",
    "Ž\u030c kombinirano ‏עברית‎ in عربي",
    "%(name)s {0} $ne \\u0161 %n",
    "Zelo dolgo ime " + "kmetije in vseh njenih njiv " * 20,
    "Beseda" * 60,
    "Krompir",
    "Č",
)
UNITS = ("KGM", "LTR", "H87")
STREETS = (
    None,
    "Zgornja vas 5",
    "Ulica talcev in borcev za severno mejo ter njihovih potomcev 123 a, pritličje levo",
    "O" * 50,
    "Cesta " * 40,
)
CITIES = ("Ravne na Koroškem", "Škofja Loka", "Šentvid pri Stični nad Zagradcem in Fužino", "Kranj")


def invoice(seed: int) -> Invoice:
    """An invoice or a credit note."""
    random = Random(seed)
    treatments, vat_payer, buyer_charges = _taxed(random)
    buyer = _party(random, vat_payer=buyer_charges)
    lines, texts, compensation = [], [], 0
    for number in range(1, random.choice((1, 2, 3, 8, 30)) + 1):
        vat, compensation, text = vat_of_treatment(random.choice(treatments))
        lines.append(_line(random, str(number), vat))
        texts.append(text)
    credit = random.random() < 0.4
    issued = _day(random)
    return Invoice(
        number=f"{'D' if credit else 'R'}-2026-{seed:05}",
        issued=issued,
        seller=_party(random, vat_payer=vat_payer),
        buyer=buyer,
        lines=tuple(lines),
        kind=Kind.CREDIT_NOTE if credit else Kind.INVOICE,
        corrects=Corrected(f"R-2025-{seed}", _maybe(random, _day(random))) if credit else None,
        due=issued + timedelta(days=random.randrange(0, 31)) if seed % 7 else None,
        terms=_maybe(random, _name(random)) if seed % 7 else "Plačilo v 30 dneh od prejema",
        period=_maybe(random, Period(issued - timedelta(days=30), issued)),
        delivered=_maybe(random, issued),
        deliver_to=_maybe(random, Place(name=_name(random), address=_address(random))),
        order=f"N-{seed}/1",
        despatch=_maybe(random, f"DOB {seed} & <1>"),
        contract=_maybe(random, "JN-2026-03 “sklop 4”"),
        buyer_reference=_maybe(random, f"K-{seed}"),
        payment_reference=_maybe(random, f"SI00 2026-{seed}"),
        note=_maybe(random, _name(random)),
        exemption=next((text for text in texts if text), None),
        compensation_bp=compensation,
    )


def order(seed: int) -> Order:
    """An order by each kind of producer."""
    random = Random(f"order {seed}")
    treatments, vat_payer, buyer_charges = _taxed(random)
    lines = []
    for number in range(1, random.randrange(1, 20)):
        vat, _compensation, _text = vat_of_treatment(random.choice(treatments))
        lines.append(replace(_line(random, str(number), vat), order_line=None))
    day = _day(random)
    return Order(
        number=f"N-{seed}",
        issued=_moment(random),
        buyer=_party(random, vat_payer=buyer_charges),
        seller=_party(random, vat_payer=vat_payer),
        lines=tuple(lines) or (_line(random, "1", Vat(VatCategory.EXEMPT)),),
        delivery=_maybe(random, Period(day, day + timedelta(days=random.randrange(5)))),
        deliver_to=_maybe(random, Place(name=_name(random), address=_address(random))),
        contract=_maybe(random, "okvirni sporazum 7"),
        buyer_reference=_maybe(random, _name(random)),
        cycle=_maybe(random, f"2026-W{seed}"),
        note=_maybe(random, _name(random)),
        version_of=_maybe(random, f"N-{seed}/0"),
        valid_until=_maybe(random, day),
    )


def response(seed: int) -> OrderResponse:
    """An answer: all accepted, all refused, or changed here and there."""
    random = Random(f"response {seed}")
    answers = random.choice(((Answer.ACCEPTED,), (Answer.REFUSED,), tuple(Answer), tuple(Answer)))
    day = _day(random)
    return OrderResponse(
        number=f"O-{seed}",
        issued=_moment(random),
        order=f"N-{seed}",
        seller=_party(random, vat_payer=random.random() < 0.5),
        buyer=_party(random, vat_payer=False),
        lines=tuple(
            _answer(random, str(number), random.choice(answers))
            for number in range(1, random.randrange(2, 12))
        ),
        promised=_maybe(random, Period(day, day)),
        buyer_reference=_maybe(random, _name(random)),
        note=_maybe(random, _name(random)),
    )


def despatch(seed: int) -> DespatchAdvice:
    """A delivery note: complete, in part, nothing of a line; food of animal origin among it."""
    random = Random(f"despatch {seed}")
    return DespatchAdvice(
        number=f"DOB-{seed}",
        issued=_moment(random),
        sender=_party(random, vat_payer=random.random() < 0.5),
        receiver=_party(random, vat_payer=False),
        lines=tuple(_goods(random, str(number)) for number in range(1, random.randrange(2, 15))),
        despatched=_day(random),
        arrives=_maybe(random, _moment(random)),
        owner=_maybe(random, _party(random, vat_payer=True)),
        receiving_owner=_maybe(random, _party(random, vat_payer=False)),
        deliver_to=_maybe(random, Place(name=_name(random), address=_address(random))),
        order=_maybe(random, f"N-{seed}"),
        note=_maybe(random, _name(random)),
    )


def _taxed(random: Random) -> tuple[list[Treatment], bool, bool]:
    """How the seller's goods are taxed, and whether seller and buyer charge VAT themselves."""
    payer = [Treatment(TreatmentCode.VAT, bp) for bp in (950, 2200, 0)]
    return random.choice(
        (
            (payer[:1], True, False),
            (payer[:2], True, random.random() < 0.5),
            (payer, True, False),
            ([payer[2]], True, False),
            ([EXEMPT], False, random.random() < 0.5),
            ([Treatment(TreatmentCode.FLAT_RATE, 800)], False, True),
        )
    )


def _line(random: Random, id: str, vat: Vat) -> Line:
    unit = random.choice(UNITS)
    return Line.of(
        id=id,
        name=_name(random),
        quantity=_quantity(random, unit),
        unit=unit,
        price_cents=random.choice((0, 1, 7, 85, 100, 333, 12_345, random.randrange(100_000))),
        vat=vat,
        code=_maybe(random, f"JAB-{id} <&>"),
        gtin=_maybe(random, "3838383838380"),
        cpv=_maybe(random, "03222321"),
        origin=_maybe(random, "SI"),
        order_line=_maybe(random, id),
        note=_maybe(random, _name(random)),
    )


def _quantity(random: Random, unit: str) -> int:
    if unit == "H87":
        return 1000 * random.randrange(1, 500)
    return random.choice((1, 5, 500, 1000, 12_345, 999_999, random.randrange(1, 2_000_000)))


def _answer(random: Random, id: str, answer: Answer) -> AnswerLine:
    unit = random.choice(UNITS)
    changed = answer is not Answer.ACCEPTED
    instead = Substitute(name=_name(random), code="JAB-2", vat=Vat(VatCategory.STANDARD, 950))
    return AnswerLine(
        order_line=id,
        name=_name(random),
        answer=answer,
        quantity=0 if answer is Answer.REFUSED else _quantity(random, unit),
        unit=unit,
        code=_maybe(random, f"K{id}"),
        reason=_name(random) if changed else None,
        substitute=_maybe(random, instead) if changed else None,
    )


def _goods(random: Random, id: str) -> DespatchLine:
    unit = random.choice(UNITS)
    part = random.random()
    animal = random.random() < 0.5
    return DespatchLine(
        id=id,
        name=_name(random),
        code=f"K-{id}",
        quantity=0 if part < 0.1 else _quantity(random, unit),
        unit=unit,
        order=_maybe(random, "N-1"),
        order_line=_maybe(random, id),
        outstanding=Outstanding(_quantity(random, unit), _name(random)) if part < 0.4 else None,
        lot=f"L {id} <&>" if animal else _maybe(random, "L1"),
        use_by=_maybe(random, _day(random)),
        best_before=_maybe(random, _day(random)),
        origin_farm=_maybe(random, _name(random)),
        origin_country=_maybe(random, "SI"),
        net_weight=_maybe(random, random.randrange(1_000_000)),
        animal_origin=animal,
        note=_maybe(random, _name(random)),
    )


def _party(random: Random, *, vat_payer: bool) -> Party:
    number = str(random.randrange(10_000_000, 99_999_999))
    elsewhere = random.random() < 0.2
    who = Contact(name=_name(random), phone=_maybe(random, "+386 4 123 45 67"), email="kmet@primer.example")
    return Party(
        name=_name(random),
        address=_address(random),
        tax_number=number,
        vat_id=f"SI{number}" if vat_payer else None,
        registration=_maybe(random, "100123456"),
        trading_name=_maybe(random, _name(random)),
        endpoint=Endpoint("9957", "FR12345678901") if elsewhere else None,
        contact=_maybe(random, who),
        iban=_maybe(random, "SI56 0201 7001 4356 205"),
    )


def _address(random: Random) -> Address:
    return Address(
        street=random.choice(STREETS), city=random.choice(CITIES), post_code=_maybe(random, "4000")
    )


def _name(random: Random) -> str:
    return random.choice(NAMES)


def _day(random: Random) -> date:
    return date(2026, 1, 1) + timedelta(days=random.randrange(700))


def _moment(random: Random) -> datetime:
    start = datetime(2026, 1, 1, 6, 30, tzinfo=ZoneInfo("Europe/Ljubljana"))
    return start + timedelta(minutes=random.randrange(1_000_000))


def _maybe(random: Random, value: T) -> T | None:
    return value if random.random() < 0.5 else None
