"""How the public window says things: foods and sellers in the reader's language, kitchens, the map."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from foodorder.accounts.models import InstitutionKind
from foodorder.audit.window.map import Dot, Map, draw
from foodorder.audit.window.scope import Kitchen, Scope
from foodorder.audit.window.week import Village
from foodorder.audit.window.year import Supplier
from foodorder.blueprints.window.counter import bp
from foodorder.language import formats, get_locale, gettext, ngettext
from foodorder.rules.errors import N_
from foodorder.rules.money import WHOLE
from foodorder.rules.publicity import Shown

#: Kinds of kitchens in the order in which parents look for them.
KINDS: Mapping[str, str] = {
    InstitutionKind.SCHOOL: N_("Primary schools"),
    InstitutionKind.KINDERGARTEN: N_("Kindergartens"),
    InstitutionKind.SECONDARY_SCHOOL: N_("Secondary schools"),
    InstitutionKind.HOME: N_("Homes"),
}
#: Food group → icon beside its foods.
ICONS = {
    "vegetables": "flower2", "fruit": "apple", "drinks": "cup-straw", "dairy": "droplet", "eggs": "egg",
    "meat": "fire", "fish": "water", "cereals": "basket",
}  # fmt: skip
#: Width of the map in pixels, by its name in the address.
WIDTHS = {"wide": 720, "narrow": 332}
#: Foods named with a village.
FOODS = 3


def named(thing: Any, part: str = "name") -> str:
    """The name of a food or a group in the reader's language."""
    language = get_locale().language if get_locale().language in ("sl", "en") else "en"
    return str(getattr(thing, f"{part}_{language}"))


def seller(shown: Shown, count: int = 1) -> str:
    """Who sells, as the public may know it; `count` of them that cannot be told apart."""
    return shown.name or ngettext(
        "a farm in %(village)s", "%(count)s farms in %(village)s", count, count=count, village=shown.village
    )


def begun(text: str) -> str:
    """A text with a capital first letter; the others stay as they are."""
    return text[:1].upper() + text[1:]


def foods_of(village: Village) -> Sequence[str]:
    """What comes from a village, by name."""
    return village.foods_sl if get_locale().language == "sl" else village.foods_en


def icon_of(group: str) -> str:
    """The icon of a food group."""
    return ICONS.get(group, "basket")


def by_kind(kitchens: Iterable[Kitchen]) -> list[tuple[str, list[Kitchen]]]:
    """Kitchens that cook today under their kinds."""
    order = list(KINDS)
    known = sorted((one for one in kitchens if one.active), key=lambda one: order.index(one.kind))
    return [(gettext(KINDS[kind]), list(group)) for kind, group in groupby(known, key=lambda one: one.kind)]


def village_map(scope: Scope, villages: Sequence[Village], size: str) -> Map | None:
    """The map of a week; None where nobody knows the middle of it."""
    if scope.middle is None or not villages:
        return None
    town = scope.municipalities[0].name
    dots = [Dot(one.name, one.place, one.grams, dot_words(one)) for one in villages]
    title = gettext("Where the food of the week comes from: villages around %(town)s", town=town)
    return draw(scope.middle, town, dots, title, map_words(villages), WIDTHS[size])


def supplier_map(scope: Scope, suppliers: Sequence[Supplier], town: str, size: str) -> Map | None:
    """The map of a year's suppliers; None where nobody knows the middle of it."""
    if scope.middle is None or not suppliers:
        return None
    places = {one.seller.village: one.place for one in suppliers}
    dots = [
        Dot(village, places[village], grams, f"{village}: {formats.weight(grams)}")
        for village, _count, grams in supplier_villages(suppliers)
    ]
    title = gettext("Where the suppliers of %(region)s are", region=town)
    return draw(scope.middle, town, dots, title, supplier_map_words(suppliers), WIDTHS[size])


def supplier_villages(suppliers: Sequence[Supplier]) -> list[tuple[str, int, int]]:
    """Villages of suppliers with how many there are, and the weight in grams, heaviest first."""
    found: dict[str, tuple[int, int]] = {}
    for one in suppliers:
        count, grams = found.get(one.seller.village, (0, 0))
        found[one.seller.village] = count + one.count, grams + one.sums.grams
    rows = [(village, count, grams) for village, (count, grams) in found.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def supplier_map_words(suppliers: Sequence[Supplier]) -> str:
    """The map of suppliers in words."""
    villages = supplier_villages(suppliers)
    return told_of([(village, grams) for village, _count, grams in villages])


def dot_words(village: Village) -> str:
    """What is said of a village when it is pointed at."""
    foods = list(foods_of(village))
    named_foods = formats.listed(foods[:FOODS]) if len(foods) <= FOODS else ", ".join([*foods[:FOODS], "…"])
    return f"{village.name}: {formats.weight(village.grams)} ({named_foods})"


def map_words(villages: Sequence[Village]) -> str:
    """The map of a week in words, for those who cannot see it."""
    return told_of([(one.name, one.grams) for one in villages])


def told_of(villages: Sequence[tuple[str, int]]) -> str:
    """A map in words: how many villages, and the heaviest (name, grams) of them."""
    heaviest = formats.listed([f"{name} ({formats.weight(grams)})" for name, grams in villages[:FOODS]])
    return ngettext(
        "A map with %(count)s village. Most comes from: %(villages)s. The table has them all.",
        "A map with %(count)s villages. Most comes from: %(villages)s. The table has them all.",
        len(villages), count=len(villages), villages=heaviest,
    )  # fmt: skip


def month_name(number: int) -> str:
    """The name of a month, 1 to 12."""
    return str(get_locale().months["stand-alone"]["wide"][number])


def basis_points(part: int, whole: int) -> int | None:
    """A part of a whole, rounded down so that no target reads as reached before it is."""
    return part * WHOLE // whole if whole else None


@bp.context_processor
def speaking_to_the_public() -> dict[str, Any]:
    """Give the templates these words."""
    return {
        "named": named, "seller": seller, "foods_of": foods_of, "icon_of": icon_of, "map_words": map_words,
        "month_name": month_name, "producer_map_words": supplier_map_words,
    }  # fmt: skip


bp.add_app_template_filter(basis_points)
bp.add_app_template_filter(begun)
