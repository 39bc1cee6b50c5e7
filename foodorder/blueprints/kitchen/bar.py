"""The bar at the foot of the weekly order: what it comes to, and what stands behind each sum."""

import json
from dataclasses import dataclass

from foodorder.language import formats, gettext, ngettext
from foodorder.language.times import local
from foodorder.ordering.page import OrderPage
from foodorder.ordering.shares import so_far, with_week
from foodorder.rules.errors import NN_
from foodorder.rules.green import BASES, Share

FARMS = NN_("%(count)s farm", "%(count)s farms")
LINES = NN_("%(count)s line", "%(count)s lines")
BELOW = NN_("%(count)s farm below its minimum", "%(count)s farms below their minimum")
ORGANIC_UNKNOWN = NN_(
    "organic: the year’s share cannot be computed, %(count)s purchase elsewhere has no weight",
    "organic: the year’s share cannot be computed, %(count)s purchases elsewhere have no weight",
)
QUALITY_UNKNOWN = NN_(
    "quality schemes: the year’s share cannot be computed, %(count)s purchase elsewhere has no weight",
    "quality schemes: the year’s share cannot be computed, %(count)s purchases elsewhere have no weight",
)
PIECES = NN_("%(count)s piece", "%(count)s pieces")


@dataclass(slots=True)
class FarmSum:
    """One farm's part: net cents, and what is missing to its minimum (0: reached, or none set)."""

    id: int
    name: str
    lines: int
    net: int
    minimum: int
    missing: int


@dataclass(frozen=True, slots=True)
class LiveShare:
    """A share of the year's food by weight, before and with this order; `target` in basis points.

    `words` are for the scripts, the share written {n}; None where it cannot be computed.
    """

    code: str
    before: Share
    target: int | None
    words: str | None
    told: str

    @property
    def base(self) -> str:
        """What it is a share of."""
        return gettext(BASES[self.before.base])


class Bar:
    """Sums of the order as it is typed, and the words with which scripts keep them alive."""

    def __init__(self, page: OrderPage) -> None:
        self.page = page
        self.totals = page.totals
        self.budget: int | None = page.row.weekly_budget_cents
        self.over = self.totals.net - self.budget if self.budget is not None else 0
        self.paid = self.totals.net if page.row.vat_payer else self.totals.gross
        self.farms = [self.farm(number) for number in page.farms if number in self.totals.farms]
        self.below = [farm for farm in self.farms if farm.missing]
        self.days = [(day, self.totals.days.get(day, 0)) for day in page.days]
        row = page.row
        self.year = so_far(row.institution_id, row.cycle_id, row.week, local(row.clock).date())

    def farm(self, number: int) -> FarmSum:
        """The part of one farm."""
        farm, part = self.page.farms[number], self.totals.farms[number]
        return FarmSum(
            number, farm.name, part.lines, part.net, farm.minimum_cents, max(0, farm.minimum_cents - part.net)
        )

    def count(self) -> str:
        """How many farms and lines, in words."""
        farms, lines = len(self.farms), self.totals.lines
        return gettext(
            "%(farms)s, %(lines)s",
            farms=ngettext(*FARMS, farms, count=farms),
            lines=ngettext(*LINES, lines, count=lines),
        )

    def organic(self) -> LiveShare:
        """What the week does to the year's organic share; the week's own where the year begins."""
        before, grams = self.year.organic, self.totals.organic_grams
        words = None
        if before.computable:
            words = gettext("organic %(share)s", share="{n}")
            if before.bp is not None:
                was = formats.share(before.bp)
                words = gettext("organic %(before)s → %(share)s", before=was, share="{n}")
        return self.live("organic", before, grams, self.page.organic_target_bp, words, ORGANIC_UNKNOWN)

    def quality(self) -> LiveShare:
        """The same of food of other quality schemes."""
        before, grams = self.year.quality, self.totals.quality_grams
        words = None
        if before.computable:
            words = gettext("quality schemes %(share)s", share="{n}")
            if before.bp is not None:
                was = formats.share(before.bp)
                words = gettext("quality schemes %(before)s → %(share)s", before=was, share="{n}")
        return self.live("quality", before, grams, self.page.quality_target_bp, words, QUALITY_UNKNOWN)

    def live(
        self,
        code: str,
        before: Share,
        grams: int,
        target: int | None,
        words: str | None,
        unknown: tuple[str, str],
    ) -> LiveShare:
        """A share as it is with this order's grams, in words."""
        after = with_week(before, grams, self.totals.grams)
        if words is None:
            told = ngettext(*unknown, after.unknown_rows, count=after.unknown_rows)
        else:
            told = words.replace("{n}", formats.share(after.bp or 0))
        return LiveShare(code, before, target, words, told)

    def forms(self) -> dict[str, str]:
        """The counted words for the scripts."""
        named = {"farms": FARMS, "lines": LINES, "below": BELOW, "pieces": PIECES}
        return {name: plural_forms(*words) for name, words in named.items()}

    @property
    def all_farms(self) -> str:
        """Every farm's name and minimum, for the scripts: JSON {id: [name, net cents]}."""
        return json.dumps(
            {number: [farm.name, farm.minimum_cents] for number, farm in self.page.farms.items()}
        )

    @property
    def elsewhere(self) -> str:
        """What is ordered at other doors by day, for the scripts: JSON {weekday: net cents}."""
        here = self.page.point.id
        days: dict[int, int] = {}
        for cell, quantity in self.page.quantities.items():
            line = self.page.lines.get(cell.offer)
            if cell.delivery_point != here and line:
                net = (line.price_on(cell.day.weekday()) * quantity + 500) // 1000
                days[cell.day.weekday()] = days.get(cell.day.weekday(), 0) + net
        return json.dumps(days)


def plural_forms(singular: str, plural: str) -> str:
    """A counted message for scripts: JSON of its forms by plural category, the number written {n}."""
    examples = {"one": 1, "two": 2, "few": 3, "other": 5}
    return json.dumps(
        {name: ngettext(singular, plural, number, count="{n}") for name, number in examples.items()},
        ensure_ascii=False,
    )
