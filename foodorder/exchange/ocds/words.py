"""What releases say in words. They are written once, for everybody, in the language of the law: Slovene."""

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGE = "sl"
CURRENCY = "EUR"

RATIONALE = (
    "Tedensko naročanje živil javne kuhinje za teden {week} pri ponudnikih, ki jih je občina sprejela."
)
CYCLE = "Krog naročanja {name}"
METHOD = (
    "Naročila po sklopih sporazumov, po izločenih sklopih (73. člen ZJN-3) in evidenčna naročila"
    " (21. člen ZJN-3) pri ponudnikih, ki jih je občina sprejela; vrednosti so brez DDV."
)
LOT = "Sklop {number}: {name}"
RECORD = "Naročilnica {number}"
#: Where the municipality has not set up the rules of a lawful basis.
BASES: Mapping[str, str] = MappingProxyType(
    {
        "call_off": "Naročilo po sklopu {lot}",
        "exempted": "Naročilo po izločenem sklopu {lot}",
        "evidence": "Evidenčno naročilo",
        "unclassified": "Pravna podlaga ni določena",
    }
)
ADDED = "Naročeno po zaključku kroga"
AMENDED = "Naročilnica {number}/{version} nadomešča prejšnjo"
EXTENDED = "Rok za naročila je podaljšan"
REPLANNED = "Čas naročanja je spremenjen"
DELIVERY = "Dobavnica {number}"
BROUGHT = "Prevzeto {accepted} od {ordered} (brez DDV)"
ON_THE_WAY = "Na poti: {ordered} (brez DDV)"
NOT_BROUGHT = "Dobava je odpovedana"
INVOICE = "Račun {number}"
INVOICED = "Z računom {number}: {amount} (z DDV)"
CREDITED = "Z dobropisom {number} odpisano {amount} (z DDV)"
PAYMENT = "Račun {number}"

AGREEMENT_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "contract": "Pogodba",
        "framework": "Okvirni sporazum (48. člen ZJN-3)",
        "dps": "Dinamični nabavni sistem (49. člen ZJN-3)",
    }
)
EXEMPTED_LOT = "Izločeni sklop (73. člen ZJN-3)"
AMENDMENT = "Aneks {number}"
AMENDED_SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "prices": "Cene",
        "ceiling": "Zgornje meje",
        "term": "Trajanje",
        "suppliers": "Dobavitelji",
        "institutions": "Upravičeni naročniki",
        "foods": "Živila sklopa",
    }
)

#: UN/ECE Recommendation 20.
UNITS: Mapping[str, str] = MappingProxyType({"KGM": "kilogram", "LTR": "liter", "H87": "kos"})

#: Who is told by the village alone (rules/publicity.py).
MASKED_FARM = "Kmetija, {village}"
MASKED_INVOICE = "Račun"


def euros(cents: int) -> str:
    """An amount as people write it: 1.234,50 EUR."""
    text = f"{abs(cents) // 100:,}".replace(",", ".") + f",{abs(cents) % 100:02}"
    return f"{'-' if cents < 0 else ''}{text} EUR"
