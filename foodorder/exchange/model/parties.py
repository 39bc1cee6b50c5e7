"""Who sells, buys, sends and receives, and where."""

import re
from dataclasses import dataclass

from foodorder.exchange.model.faults import NotRepresentable, tidy

#: The electronic address scheme “Slovenian VAT number” (EAS code list); it stands for tax numbers as well.
SLOVENE_VAT = "9949"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; the country as two letters (ISO 3166-1)."""

    city: str | None = None
    country: str = "SI"
    street: str | None = None
    post_code: str | None = None

    def __post_init__(self) -> None:
        tidy(self)
        if not re.fullmatch("[A-Z]{2}", self.country):
            raise NotRepresentable(value=self.country, what="country")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where goods are brought."""

    name: str
    address: Address

    def __post_init__(self) -> None:
        tidy(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to ask."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None

    def __post_init__(self) -> None:
        tidy(self)

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.email)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An electronic address: its scheme (EAS) and what it is there."""

    scheme: str
    id: str

    def __post_init__(self) -> None:
        tidy(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A producer or an institution.

    `name` is the legal name, `trading_name` what people call it. `tax_number` is bare (8 digits in
    Slovenia), `vat_id` the VAT number with its country, only for those who charge VAT. `registration` is
    the matična številka or, of a farm, the KMG-MID. Without an `endpoint` a Slovene party is addressed by
    its tax number. Raises Incomplete, NotRepresentable.
    """

    name: str
    address: Address
    tax_number: str | None = None
    vat_id: str | None = None
    registration: str | None = None
    trading_name: str | None = None
    endpoint: Endpoint | None = None
    contact: Contact | None = None
    iban: str | None = None

    def __post_init__(self) -> None:
        tidy(self)
        if self.vat_id and not re.fullmatch("[A-Z]{2}[0-9A-Za-z+*]{2,13}", self.vat_id):
            raise NotRepresentable(value=self.vat_id, what="VAT number")
        if self.vat_id and self.vat_id.startswith("SI"):
            if self.tax_number not in (None, self.vat_id[2:]):
                raise NotRepresentable(value=self.vat_id, what=f"VAT number of {self.tax_number}")
            object.__setattr__(self, "tax_number", self.vat_id[2:])
        if self.endpoint is None and self.tax_number and self.address.country == "SI":
            object.__setattr__(self, "endpoint", Endpoint(SLOVENE_VAT, f"SI{self.tax_number}"))
        if self.iban:
            object.__setattr__(self, "iban", self.iban.replace(" ", ""))
        if not self.contact:
            object.__setattr__(self, "contact", None)
