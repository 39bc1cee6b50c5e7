"""VAT. (TaxType is imported by the tables: keep its name and values.)"""

from enum import StrEnum


class TaxType(StrEnum):
    """How a producer stands to VAT: payer, flat-rate farmer (pavšalist), exempt small taxpayer."""

    VAT_PAYER = "vat_payer"
    FLAT_RATE = "flat_rate"
    EXEMPT = "exempt"
