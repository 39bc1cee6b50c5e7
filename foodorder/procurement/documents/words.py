"""Words that several papers share: how a person reads a producer, a door, a treatment of VAT."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from foodorder.accounts.models import DeliveryPoint, Institution, Producer
from foodorder.language import formats, gettext
from foodorder.procurement.supply import Window
from foodorder.rules.agreements import BASES as BASIS_LABELS
from foodorder.rules.agreements import AgreementKind, Basis
from foodorder.rules.errors import N_
from foodorder.rules.practices import GROUNDS, Ground
from foodorder.rules.vat import TaxType, TreatmentCode

#: Lawful basis of a purchase in one sentence with its source; the record's facts fill the placeholders.
BASES: Mapping[str, str] = MappingProxyType(
    {
        Basis.CALL_OFF: N_("Call-off under lot %(lot)s (%(lot_name)s) of %(agreement)s. Source: %(source)s."),
        Basis.EXEMPTED: N_(
            "Exempted lot %(lot)s (%(lot_name)s) of %(agreement)s. Source: ZJN-3, art. 73(5)."
        ),
        Basis.EVIDENCE: N_(
            "Evidence order: the need of twelve months stays below %(threshold)s, net."
            " Source: ZJN-3, art. 21(2)."
        ),
        Basis.UNCLASSIFIED: N_("The lawful basis of this purchase has not been determined yet."),
    }
)

#: Where the law speaks of the form of an agreement.
SOURCES: Mapping[str, str] = MappingProxyType(
    {
        AgreementKind.CONTRACT: "ZJN-3",
        AgreementKind.FRAMEWORK: N_("ZJN-3, art. 48"),
        AgreementKind.DPS: N_("ZJN-3, art. 49"),
    }
)

TAX_TYPES: Mapping[str, str] = MappingProxyType(
    {
        TaxType.VAT_PAYER: N_("charges VAT"),
        TaxType.FLAT_RATE: N_("flat-rate compensation"),
        TaxType.EXEMPT: N_("charges no VAT"),
    }
)

#: An empty box to tick by hand.
BOX = "☐"


def basis(code: str, facts: Mapping[str, Any]) -> str:
    """The sentence of a lawful basis with its source; `facts` were copied to the record at the close."""
    if code != Basis.UNCLASSIFIED and not facts:
        return gettext(BASIS_LABELS[Basis(code)])
    names = [facts[key] for key in ("title", "portal_number") if facts.get(key)]
    return gettext(
        BASES[code],
        lot=facts.get("lot", ""),
        lot_name=facts.get("lot_name", ""),
        agreement=", ".join(names),
        source=gettext(SOURCES.get(facts.get("kind", ""), "ZJN-3")),
        threshold=formats.money(facts.get("threshold_cents", 0)),
    )


def ground(code: str) -> str:
    """Why it is lawful that a change is made and its cost borne so."""
    return gettext(GROUNDS[Ground(code)])


def treatment(code: str, bp: int) -> str:
    """How a line is taxed: "VAT 9.5 %", "flat-rate compensation 8 %", "no VAT"."""
    if code == TreatmentCode.VAT:
        return gettext("VAT %(rate)s", rate=formats.rate(bp))
    if code == TreatmentCode.FLAT_RATE:
        # Pavšalno nadomestilo, ZDDV-1, art. 95.
        return gettext("Flat-rate compensation %(rate)s", rate=formats.rate(bp))
    return gettext("No VAT charged")


def tax_type(code: str) -> str:
    """How a producer is taxed, in a word or two."""
    return gettext(TAX_TYPES[code])


def tax_number(number: str, vat_payer: bool) -> str:
    """The tax number, as a VAT number where its holder charges VAT."""
    if vat_payer:
        return gettext("VAT number: %(number)s", number=f"SI{number.removeprefix('SI')}")
    return gettext("Tax number: %(number)s", number=number)


def town(address: str, postcode: str, name: str) -> list[str]:
    """An address in its lines."""
    return [address, f"{postcode} {name}"]


def buyer(institution: Institution) -> dict[str, object]:
    """The contracting authority (naročnik) as it stands on a paper."""
    lines = town(institution.address, institution.postcode, institution.town)
    lines.append(tax_number(institution.tax_number, institution.vat_payer))
    if institution.registration_number:
        lines.append(gettext("Registration number: %(number)s", number=institution.registration_number))
    return {"role": gettext("Contracting authority"), "name": institution.name, "lines": lines}


def seller(producer: Producer) -> dict[str, object]:
    """The supplier (ponudnik) as it stands on a paper."""
    lines = town(producer.village, producer.postcode, producer.town)
    lines.append(tax_number(producer.tax_number, producer.tax_type == TaxType.VAT_PAYER))
    if producer.registration_number:
        lines.append(gettext("Registration number: %(number)s", number=producer.registration_number))
    if producer.kmg_mid:
        lines.append(gettext("Holding number (KMG-MID): %(number)s", number=producer.kmg_mid))
    return {"role": gettext("Supplier"), "name": producer.name, "lines": lines}


def door(point: DeliveryPoint) -> str:
    """A delivery point with its address, in one line."""
    return f"{point.name}, {point.address}, {point.postcode} {point.town}"


def windows(opened: Iterable[Window]) -> str:
    """When a door is open: "6:00–7:30, 12:00–13:00"."""
    return ", ".join(
        f"{formats.clock_time(window.starts)}–{formats.clock_time(window.ends)}" for window in opened
    )


def packs(quantity: int, pack: int | None) -> int | None:
    """How many whole packs a quantity is (both thousandths); None without packs, or when a part is left."""
    return quantity // pack if pack and quantity % pack == 0 else None
