"""Seller and buyer of an invoice as plain values, kept on it as they were when it was issued."""

from datetime import date
from typing import Any

from foodorder.accounts.models import Institution, Producer
from foodorder.accounts.personal import Detail, details_of
from foodorder.exchange.model import Address, Contact, Party
from foodorder.rules.vat import TaxType


def seller(producer: Producer, *, charges_vat: bool = False) -> dict[str, Any]:
    """A producer as the issuer: only a VAT payer has a VAT number; a farm is registered by its KMG-MID.

    `charges_vat`: whether there is VAT on this invoice, which is settled by the day of the supply: a farm
    that paid VAT then and does no more invoices with the number it had.
    """
    charges_vat = charges_vat or producer.tax_type == TaxType.VAT_PAYER
    details = details_of(producer_id=producer.id)
    return {
        "name": producer.name,
        "street": details.get(Detail.ADDRESS) or producer.village,
        "post_code": producer.postcode,
        "city": producer.town,
        "tax_number": producer.tax_number,
        "vat_id": f"SI{producer.tax_number}" if charges_vat else None,
        "registration": producer.registration_number or producer.kmg_mid,
        "email": producer.email,
        "iban": details.get(Detail.IBAN),
    }


def buyer(institution: Institution, *, charges_vat: bool = False) -> dict[str, Any]:
    """An institution as the buyer; `charges_vat`: it did when the goods came, for they bear compensation.

    `reference` is what it wants to see on a document: its own code.
    """
    return {
        "name": institution.name,
        "street": institution.address,
        "post_code": institution.postcode,
        "city": institution.town,
        "tax_number": institution.tax_number,
        "vat_id": f"SI{institution.tax_number}" if charges_vat or institution.vat_payer else None,
        "registration": institution.registration_number,
        "email": institution.email,
        "iban": institution.iban,
        "reference": institution.code,
    }


def party(values: dict[str, Any]) -> Party:
    """A party of a document by standard, from the plain values."""
    return Party(
        name=values["name"],
        address=Address(street=values["street"], post_code=values["post_code"], city=values["city"]),
        tax_number=values["tax_number"],
        vat_id=values["vat_id"],
        registration=values["registration"],
        contact=Contact(email=values["email"]),
        iban=values["iban"],
    )


def permit_on(producer: Producer, kind: str, day: date) -> str | None:
    """The number of a producer's permit that is valid on a day."""
    for permit in producer.permits:
        if (
            permit.kind == kind
            and permit.valid_from <= day
            and (permit.valid_to is None or day <= permit.valid_to)
        ):
            return permit.number
    return None
