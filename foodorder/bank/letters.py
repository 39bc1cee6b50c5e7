"""Texts as payment systems carry them.

The European Payments Council's guidelines promise basic Latin letters, digits and a few signs (EPC217-08).
Slovene banks carry č š ž ć đ between accounts of their own, too; to accounts abroad these go as c s z c d.
"""

import unicodedata

from foodorder.exchange.text import clean

#: Letters of the SEPA character set, beside A–Z, a–z and 0–9.
SIGNS = frozenset("/-?:().,'+ ")
SLOVENE = frozenset("čšžćđČŠŽĆĐ")
_PLAIN = str.maketrans(
    {
        "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
        "&": "+", "’": "'", "‘": "'", "„": "'", "“": "'", "”": "'", "»": "'", "«": "'", '"': "'",
        "–": "-", "—": "-", "−": "-", "_": "-", "…": "...", ";": ",", "€": "EUR",
    }
)  # fmt: skip


def carried(text: str, most: int, *, slovene: bool = True) -> str:
    """The text in letters that a payment carries, in one line of at most so many; `slovene`: with č, š, ž.

    Letters with other marks lose them, signs without a likeness become full stops. A reference to something
    (an address, say) must neither begin nor end with a slash, nor hold two: these become one space.
    """
    letters = "".join(_carried(letter, slovene=slovene) for letter in unicodedata.normalize("NFC", text))
    single = clean(letters.replace("//", " ").strip("/ "))
    return single[:most].rstrip("/ ")


def _carried(letter: str, *, slovene: bool) -> str:
    if letter in SLOVENE and slovene:
        return letter
    if letter.isspace():
        return " "
    bare = unicodedata.normalize("NFKD", letter.translate(_PLAIN))
    kept = "".join(one for one in bare if (one.isascii() and one.isalnum()) or one in SIGNS)
    if kept or all(unicodedata.combining(one) for one in bare) or not letter.isprintable():
        return kept
    return "."
