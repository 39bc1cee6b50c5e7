"""How a kitchen picks from the offers: by what it pays, organic where it means to, near, out of habit.

A demo of a choice, not a rule of the marketplace: nothing here is used outside the invented world.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isqrt

from seeds.demo.appetite import Wanted, chance
from seeds.demo.shapes import Institution, Product
from seeds.demo.supply import Offered
from seeds.demo.world import World

#: Shares in thousandths: how far a shared offer is over-asked, how often a kitchen insists on a farm whose
#: minimum it does not reach, how often it rounds to whole packs by itself.
OVERASK, INSISTS, WHOLE_PACKS = 1350, 70, 850

#: A kilometre counts like so many thousandths of the price, habit like up to this many either way.
PER_KILOMETRE, HABIT = 3, 130

#: More than anybody orders.
PLENTY = 10**12


@dataclass(frozen=True, slots=True)
class Ordered:
    """A line as a kitchen would type it. 0 = Monday; quantity in thousandths of the unit; net price."""

    institution: str
    point: str
    product: str
    producer: str
    food_type: str
    weekday: int
    quantity: int
    price_cents: int


def choose(
    world: World, demand: Sequence[Wanted], offers: Sequence[Offered], taken: Mapping[str, int] | None = None
) -> list[Ordered]:
    """Order lines for the wishes of one or several institutions, deterministic.

    `taken` is what others have already ordered, by product. A reserved offer is never passed; a shared one is
    over-asked a little, so that the close has something to share. What nobody offers stays unserved.
    """
    so_far = defaultdict(int, taken or {})
    lines: list[Ordered] = []
    for institution in dict.fromkeys(one.institution for one in demand):
        wishes = [one for one in demand if one.institution == institution]
        ordered = _Basket(world, world.institutions[institution], offers, so_far).fill(wishes)
        for line in ordered:
            so_far[line.product] += line.quantity
        lines += ordered
    return lines


class _Basket:
    """One institution's week while it is being put together."""

    def __init__(
        self, world: World, buyer: Institution, offers: Sequence[Offered], taken: Mapping[str, int]
    ) -> None:
        self.world = world
        self.buyer = buyer
        self.taken = taken
        self.admitted = {
            producer.code: admission
            for producer in world.producers.values()
            for admission in producer.admissions
            if admission.municipality == buyer.municipality
        }
        self.offers: dict[str, list[Offered]] = defaultdict(list)
        for offer in offers:
            if offer.producer in self.admitted:
                self.offers[offer.food_type].append(offer)
        self.ranked: dict[tuple[str, bool], list[Offered]] = {}
        self.by_product = {offer.product: offer for offer in offers}
        #: Whose turn comes before another's, where a lot was awarded by rank.
        self.before = {code for offer in offers for code in offer.behind}

    def fill(self, wishes: Sequence[Wanted]) -> list[Ordered]:
        """The lines, without farms whose minimum is not reached, but for a few that are insisted on."""
        avoided: set[str] = set()
        for _ in range(4):
            lines = self._lines(wishes, avoided)
            poor = {code for code in self._below_minimum(lines) if not self._insists(code)} - avoided
            if not poor:
                break
            avoided |= poor
        return lines

    def _insists(self, producer: str) -> bool:
        return chance(1000, "insists", self.buyer.code, producer) < INSISTS

    def _below_minimum(self, lines: Sequence[Ordered]) -> set[str]:
        net: dict[str, int] = defaultdict(int)
        for line in lines:
            net[line.producer] += line.price_cents * line.quantity // 1000
        return {code for code, cents in net.items() if cents < self.admitted[code].minimum_cents}

    def _lines(self, wishes: Sequence[Wanted], avoided: set[str]) -> list[Ordered]:
        asked = defaultdict(int, self.taken)
        quantities: dict[tuple[str, str, int], int] = defaultdict(int)
        chosen: dict[str, Offered] = {}
        for wish in wishes:
            left = wish.quantity
            while left > 0 and (offer := self._pick(replace(wish, quantity=left), asked, avoided)):
                chosen[offer.product] = offer
                part = min(left, self._what_is_left(offer, asked)) if offer.product in self.before else left
                quantities[offer.product, wish.point, self._weekday(wish, offer, asked)] += part
                asked[offer.product] += part
                left -= part
        self._round(quantities, chosen)
        self._in_turn(quantities, chosen)
        return [
            Ordered(
                self.buyer.code,
                point,
                product,
                chosen[product].producer,
                chosen[product].food_type,
                weekday,
                quantity,
                chosen[product].price_cents,
            )
            for (product, point, weekday), quantity in sorted(quantities.items())
            if quantity
        ]

    def _pick(self, wish: Wanted, asked: Mapping[str, int], avoided: set[str]) -> Offered | None:
        """The best offer that comes on a right day and has enough; a fitting pack before a better price."""
        there = [
            one
            for one in self._ranking(wish)
            if (one.producer not in avoided or one.behind or one.product in self.before)
            and self._days(one, asked) & wish.days
            and self._enough(one, asked, wish.quantity)
        ]
        for offer in there:
            product = self.world.products[offer.product]
            least = max(product.pack or 0, product.minimum_quantity)
            if wish.quantity * 10 >= least * 6:
                return offer
        return there[0] if there else None

    def _ranking(self, wish: Wanted) -> list[Offered]:
        key = wish.food_type, wish.organic
        if key not in self.ranked:
            self.ranked[key] = sorted(
                self.offers[wish.food_type], key=lambda one: (self._score(one, wish.organic), one.product)
            )
        return self.ranked[key]

    def _score(self, offer: Offered, organic: bool) -> int:
        product = self.world.products[offer.product]
        producer = self.world.producers[offer.producer]
        paid = offer.price_cents * 10_000
        if producer.tax_type == "vat_payer" and not self.buyer.vat_payer:
            vat_class = self.world.food_types[offer.food_type].vat_class
            paid += offer.price_cents * self.world.vat_bp[vat_class]
        weight = 1000 + PER_KILOMETRE * self._kilometres(product)
        weight += chance(2 * HABIT, "habit", self.buyer.code, offer.product) - HABIT
        if organic and not product.organic:
            weight *= 3
        return paid * weight

    def _kilometres(self, product: Product) -> int:
        """Air distance from the farm of origin, near enough: a thousandth of a degree is 111 or 77 m."""
        farm = next(one for one in self.world.producers[product.producer].farms if one.code == product.farm)
        door = self.buyer.points[0]
        north = (_thousandths(farm.latitude) - _thousandths(door.latitude)) * 111
        east = (_thousandths(farm.longitude) - _thousandths(door.longitude)) * 77
        return isqrt(north * north + east * east) // 1000

    def _days(self, offer: Offered, asked: Mapping[str, int]) -> int:
        """When it can come: in a lot awarded by rank only when those before it are out."""
        days = offer.days & self.admitted[offer.producer].days
        for before in self._before(offer):
            if self._what_is_left(before, asked) >= self._least(before):
                days &= ~before.days
        return days

    def _weekday(self, wish: Wanted, offer: Offered, asked: Mapping[str, int]) -> int:
        """The day before or on which it is needed, else the first on which it may come."""
        days = self._days(offer, asked) & wish.days
        if days >> wish.weekday & 1:
            return wish.weekday
        return (days & -days).bit_length() - 1

    def _enough(self, offer: Offered, asked_of: Mapping[str, int], quantity: int) -> bool:
        if offer.product in self.before:
            return self._what_is_left(offer, asked_of) >= self._least(offer)
        if offer.available is None:
            return True
        ceiling = offer.available
        if offer.stock_kind == "share":
            ceiling = ceiling * OVERASK // 1000
        return asked_of[offer.product] + quantity <= ceiling

    def _before(self, offer: Offered) -> list[Offered]:
        """The offers whose turn comes first, as far as they are on sale."""
        return [self.by_product[code] for code in offer.behind if code in self.by_product]

    def _least(self, offer: Offered) -> int:
        product = self.world.products[offer.product]
        return max(product.order_step, product.minimum_quantity)

    def _what_is_left(self, offer: Offered, asked: Mapping[str, int]) -> int:
        """Whole steps of what nobody has ordered yet; plenty of what is not reserved."""
        if offer.stock_kind != "reserve" or offer.available is None:
            return 0 if offer.available == 0 else PLENTY
        step = self.world.products[offer.product].order_step
        return max(0, offer.available - asked.get(offer.product, 0)) // step * step

    def _in_turn(self, quantities: dict[tuple[str, str, int], int], chosen: dict[str, Offered]) -> None:
        """In place: what rounding left with the first of a ranked lot is ordered there, not from the next."""
        for code, point, weekday in sorted(key for key in quantities if chosen[key[0]].behind):
            for first in self._before(chosen[code]):
                asked = defaultdict(int, self.taken)
                for key, quantity in quantities.items():
                    asked[key[0]] += quantity
                left, quantity = self._what_is_left(first, asked), quantities[code, point, weekday]
                if not first.days >> weekday & 1 or left < self._least(first) or not quantity:
                    continue
                moved = min(quantity, left)
                there = quantities.get((first.product, point, weekday), 0)
                quantities[first.product, point, weekday] = (
                    there + moved if there + moved >= self._least(first) else there
                )
                chosen[first.product] = first
                rest = quantity - moved
                quantities[code, point, weekday] = rest if rest >= self._least(chosen[code]) else 0

    def _round(self, quantities: dict[tuple[str, str, int], int], chosen: Mapping[str, Offered]) -> None:
        """In place: lines up to the step and least quantity, sums per door mostly to whole packs."""
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for (code, point, weekday), quantity in quantities.items():
            product = self.world.products[code]
            steps = -(-max(quantity, product.minimum_quantity) // product.order_step)
            quantities[code, point, weekday] = steps * product.order_step
            groups[code, point].append(weekday)
        for (code, point), weekdays in sorted(groups.items()):
            pack = self.world.products[code].pack
            total = sum(quantities[code, point, day] for day in weekdays)
            if pack is None or total * 10 < pack * 4 or total % pack == 0:
                continue
            if chance(1000, "packs", point, code, total) < WHOLE_PACKS:
                largest = max(weekdays, key=lambda day: (quantities[code, point, day], -day))
                packs = max(1, (total + pack // 2) // pack)
                quantities[code, point, largest] += max(
                    packs * pack - total, -quantities[code, point, largest]
                )
        self._keep_below(quantities, chosen)

    def _keep_below(self, quantities: dict[tuple[str, str, int], int], chosen: Mapping[str, Offered]) -> None:
        """Rounding up must not pass a reserved offer: too much is taken off in the order of the doors."""
        for code, offer in sorted(chosen.items()):
            if offer.stock_kind != "reserve" or offer.available is None:
                continue
            keys = sorted(key for key in quantities if key[0] == code)
            step = self.world.products[code].order_step
            over = self.taken.get(code, 0) + sum(quantities[key] for key in keys) - offer.available
            for key in keys:
                if over <= 0:
                    break
                cut = min(quantities[key], -(-over // step) * step)
                quantities[key] -= cut
                over -= cut
                if quantities[key] < self.world.products[code].minimum_quantity:
                    over -= quantities[key]
                    quantities[key] = 0


def _thousandths(degrees: str) -> int:
    """Degrees like "46.239" in thousandths."""
    whole, _, part = degrees.partition(".")
    return int(whole) * 1000 + int(f"{part:0<3}"[:3])
