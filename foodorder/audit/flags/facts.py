"""Which statement gathers which facts: the rules name the class, this table the loader."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from foodorder.audit.flags import (
    facts_competition,
    facts_goods,
    facts_limits,
    facts_money,
    facts_prices,
    facts_sellers,
)
from foodorder.audit.flags.scope import Scope
from foodorder.rules.red_flags.competition import CycleOffers, LotCase, SoldCode
from foodorder.rules.red_flags.farms import Sold, WeekSold
from foodorder.rules.red_flags.goods import Added, Brought, Taken, Unproved
from foodorder.rules.red_flags.limits import EvidenceOrder, LimitedOrder
from foodorder.rules.red_flags.money import Account, Handled, InvoicedLine
from foodorder.rules.red_flags.prices import Dearer, Priced
from foodorder.rules.red_flags.ties import Bought, Tied

LOADERS: Mapping[type, Callable[[Scope], Sequence[Any]]] = MappingProxyType(
    {
        Account: facts_money.accounts,
        Added: facts_goods.added,
        Bought: facts_sellers.bought,
        Brought: facts_goods.brought,
        CycleOffers: facts_competition.cycle_offers,
        Dearer: facts_prices.dearer,
        EvidenceOrder: facts_limits.evidence_orders,
        Handled: facts_money.handled,
        InvoicedLine: facts_money.invoiced_lines,
        LimitedOrder: facts_limits.limited_orders,
        LotCase: facts_competition.lot_cases,
        Priced: facts_prices.priced,
        Sold: facts_sellers.sold,
        SoldCode: facts_competition.sold_codes,
        Taken: facts_goods.taken,
        Tied: facts_sellers.tied,
        Unproved: facts_goods.unproved,
        WeekSold: facts_sellers.weeks_sold,
    }
)
