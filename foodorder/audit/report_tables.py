"""The reports of the law as tables: the same on a page, in CSV, in a workbook and in a terminal."""

from collections.abc import Iterable

from foodorder.agreements.elsewhere import BASES_ELSEWHERE
from foodorder.audit.evidence import Evidence, OrderLine, Statistics
from foodorder.audit.exempted import ExemptedYear
from foodorder.audit.green import GreenYear
from foodorder.audit.green_lines import ElsewhereLine, GreenLine
from foodorder.language import formats, get_locale, gettext
from foodorder.procurement.documents.tables import Column, Figure, Row, Table, Value
from foodorder.rules.agreements import BASES as LAWFUL
from foodorder.rules.agreements import Basis
from foodorder.rules.certificates import SCHEMES, CountsAs
from foodorder.rules.errors import N_
from foodorder.rules.green import BASES, DISTANCES, VERDICTS, Distance, Origin, Share, Shares, Verdict

#: What a kilogram counts for, in words; None: conventional.
COUNTED = {CountsAs.ORGANIC: N_("organic"), CountsAs.QUALITY: N_("quality scheme"), None: N_("conventional")}


def counted(share: CountsAs | None) -> str:
    """What a line counts for."""
    return gettext(COUNTED[share])


def basis_word(code: str) -> str:
    """A lawful basis in a word or two; unknown codes as they are."""
    return gettext(LAWFUL[Basis(code)]) if code in set(Basis) else code


def bp_or_word(share: Share) -> Value:
    """A share for a cell: basis points, or that it cannot be computed; nothing where nothing was bought."""
    return share.bp if share.computable else gettext(VERDICTS[Verdict.UNKNOWN])


def green(report: GreenYear) -> Table:
    """Shares of each institution and of all together, each with numerator, denominator and base."""
    columns = (
        Column("institution", gettext("Institution"), share=2),
        Column("base", gettext("Base"), share=2),
        Column("weight", gettext("All food"), Figure.WEIGHT),
        Column("organic_weight", gettext("Organic"), Figure.WEIGHT),
        Column("organic", gettext("Organic share"), Figure.RATE),
        Column("organic_target", gettext("Target"), Figure.RATE),
        Column("quality_weight", gettext("Quality schemes"), Figure.WEIGHT),
        Column("quality", gettext("Share of quality schemes"), Figure.RATE),
        Column("quality_target", gettext("Target"), Figure.RATE),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("conventional_net", gettext("Conventional"), Figure.MONEY),
        Column("conventional", gettext("Conventional share, by value"), Figure.RATE),
        Column("slovene_weight", gettext("From Slovenia"), Figure.WEIGHT),
        Column("slovene", gettext("Slovene share"), Figure.RATE),
        *(
            column
            for distance, label in DISTANCES.items()
            for column in (
                Column(f"distance_{distance}_weight", gettext(label), Figure.WEIGHT),
                Column(f"distance_{distance}", gettext("Share"), Figure.RATE),
            )
        ),
        Column("without_weight", gettext("Purchases without weight"), Figure.COUNT),
        Column("without_weight_net", gettext("Their value"), Figure.MONEY),
        Column("months_missing", gettext("Months missing"), share=2),
    )

    def row(name: str, shares: Shares, missing: str) -> Row:
        return (
            name, gettext(BASES[shares.base]), shares.grams,
            shares.organic.numerator, bp_or_word(shares.organic), report.targets.organic_bp,
            shares.quality.numerator, bp_or_word(shares.quality), report.targets.quality_bp,
            shares.net_cents, shares.conventional.numerator, bp_or_word(shares.conventional),
            shares.origins[Origin.SLOVENIA].numerator, bp_or_word(shares.origins[Origin.SLOVENIA]),
            *_distances(shares),
            shares.organic.unknown_rows, shares.organic.unknown_cents, missing,
        )  # fmt: skip

    rows = [
        row(one.name, one.shares, formats.listed([formats.month(month) for month in one.elsewhere.missing]))
        for one in report.institutions
    ]
    if len(rows) > 1:
        rows.append(row(gettext("Together"), report.together, ""))
    return Table(gettext("Green shares of %(year)s", year=report.year), columns, tuple(rows))


def _distances(shares: Shares) -> Iterable[Value]:
    for distance in Distance:
        yield shares.distances[distance].numerator
        yield bp_or_word(shares.distances[distance])


def agreements(report: GreenYear) -> Table:
    """Shares of the year under each agreement."""
    columns = (
        Column("agreement", gettext("Agreement"), share=2),
        Column("portal_number", gettext("Number on the portal")),
        Column("weight", gettext("All food"), Figure.WEIGHT),
        Column("organic_weight", gettext("Organic"), Figure.WEIGHT),
        Column("organic", gettext("Organic share"), Figure.RATE),
        Column("quality_weight", gettext("Quality schemes"), Figure.WEIGHT),
        Column("quality", gettext("Share of quality schemes"), Figure.RATE),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("conventional", gettext("Conventional share, by value"), Figure.RATE),
    )
    rows = tuple(
        (
            one.title, one.portal_number or "", one.shares.grams,
            one.shares.organic.numerator, bp_or_word(one.shares.organic),
            one.shares.quality.numerator, bp_or_word(one.shares.quality),
            one.shares.net_cents, bp_or_word(one.shares.conventional),
        )
        for one in report.agreements
    )  # fmt: skip
    return Table(gettext("By agreement"), columns, rows)


def green_lines(lines: Iterable[GreenLine]) -> Table:
    """Lines of records with the certificate that stands behind each kilogram."""
    columns = (
        Column("delivery_date", gettext("Day"), Figure.DAY),
        Column("product", gettext("Food"), share=2),
        Column("institution", gettext("Institution")),
        Column("producer", gettext("Producer")),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("counts_as", gettext("Counts as")),
        Column("scheme", gettext("Scheme")),
        Column("certificate", gettext("Certificate")),
        Column("body", gettext("Control body")),
        Column("valid_from", gettext("Valid from"), Figure.DAY),
        Column("valid_to", gettext("Valid to"), Figure.DAY),
        Column("farm", gettext("Farm")),
        Column("origin", gettext("Origin")),
        Column("distance", gettext("Distance")),
        Column("agreement", gettext("Agreement")),
        Column("record", gettext("Record")),
    )
    rows = tuple(
        (
            line.day, line.name, line.institution, line.producer, line.grams, line.net_cents,
            counted(line.counts_as),
            gettext(SCHEMES[line.proof.scheme].label) if line.proof else "",
            line.proof.number if line.proof else "", line.proof.body if line.proof else "",
            line.proof.valid_from if line.proof else None, line.proof.valid_to if line.proof else None,
            line.farm, line.country or "", gettext(DISTANCES[line.distance]), line.agreement or "",
            line.number,
        )
        for line in lines
    )  # fmt: skip
    return Table(gettext("Lines"), columns, rows)


def elsewhere_lines(lines: Iterable[ElsewhereLine]) -> Table:
    """Purchases elsewhere, as institutions entered them."""
    columns = (
        Column("month", gettext("Month"), Figure.DAY),
        Column("food_type", gettext("Food type"), share=2),
        Column("institution", gettext("Institution")),
        Column("supplier", gettext("Supplier")),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("net", gettext("Net"), Figure.MONEY),
        Column("counts_as", gettext("Counts as")),
        Column("scheme", gettext("Scheme")),
        Column("basis", gettext("Lawful basis")),
        Column("origin", gettext("Origin")),
    )
    slovene = get_locale().language == "sl"
    rows = tuple(
        (
            line.month, line.name_sl if slovene else line.name_en, line.institution, line.supplier or "",
            line.grams, line.net_cents, counted(line.counts_as),
            gettext(SCHEMES[line.scheme].label) if line.scheme else "",
            gettext(BASES_ELSEWHERE.get(line.basis, line.basis)), line.country or "",
        )
        for line in lines
    )  # fmt: skip
    return Table(gettext("Bought elsewhere"), columns, rows)


def evidence(report: Evidence, only_published: bool = False) -> Table:
    """Evidence orders in the fields of the portal: all, those to publish marked, or those alone."""
    columns = (
        Column("institution", gettext("Institution"), share=2),
        Column("subject", gettext("Subject of the order"), share=2),
        Column("kind", gettext("Kind")),
        Column("value", gettext("Value without VAT"), Figure.MONEY),
        Column("operator", gettext("Economic operator"), share=2),
        Column("operator_tax_number", gettext("Tax number")),
        Column("orders", gettext("Orders"), Figure.COUNT),
        Column("publish", gettext("To publish")),
    )
    rows = tuple(
        (
            row.institution, row.subject, gettext("goods"), row.net_cents, row.producer, row.tax_number,
            row.orders, gettext("yes") if row.to_publish else gettext("no"),
        )
        for row in (report.to_publish if only_published else report.rows)
    )  # fmt: skip
    return Table(gettext("Evidence orders of %(year)s", year=report.year), columns, rows)


def exempted(report: ExemptedYear) -> Table:
    """Each exempted lot against its limit, and all of a procurement against their share."""
    columns = (
        Column("agreement", gettext("Agreement"), share=2),
        Column("lot", gettext("Lot"), share=2),
        Column("year_net", gettext("In %(year)s", year=report.year), Figure.MONEY),
        Column("net", gettext("Since the beginning"), Figure.MONEY),
        Column("limit", gettext("Limit"), Figure.MONEY),
        Column("share", gettext("Share of the procurement"), Figure.RATE),
        Column("share_limit", gettext("At most"), Figure.RATE),
        Column("procurement", gettext("Value of the procurement"), Figure.MONEY),
        Column("within", gettext("Within the limit")),
    )
    rows: list[Row] = []
    for one in report.agreements:
        rows += [
            (
                one.title, f"{lot.number} {lot.name}", lot.year_cents, lot.all_cents, lot.limit_cents,
                None, None, None, gettext("yes") if lot.within else gettext("no"),
            )
            for lot in one.lots
        ]  # fmt: skip
        rows.append(
            (
                one.title, gettext("All exempted lots together"), one.year_cents, one.all_cents, None,
                one.share_bp, one.limit_bp, one.value_cents,
                gettext("yes") if one.within else gettext("no"),
            )
        )  # fmt: skip
    return Table(gettext("Exempted lots up to %(year)s", year=report.year), columns, tuple(rows))


def exempted_parts(report: ExemptedYear) -> Table:
    """What each institution bought under each exempted lot."""
    columns = (
        Column("agreement", gettext("Agreement"), share=2),
        Column("lot", gettext("Lot"), share=2),
        Column("institution", gettext("Institution"), share=2),
        Column("year_net", gettext("In %(year)s", year=report.year), Figure.MONEY),
        Column("net", gettext("Since the beginning"), Figure.MONEY),
    )
    rows = tuple(
        (one.title, f"{lot.number} {lot.name}", part.institution, part.year_cents, part.all_cents)
        for one in report.agreements
        for lot in one.lots
        for part in lot.parts
    )
    return Table(gettext("By institution"), columns, rows)


def statistics(report: Statistics) -> Table:
    """Number and value of orders by institution and lawful basis, and of what was bought elsewhere."""
    columns = (
        Column("institution", gettext("Institution"), share=2),
        Column("where", gettext("Where")),
        Column("basis", gettext("Lawful basis")),
        Column("orders", gettext("Orders"), Figure.COUNT),
        Column("net", gettext("Net"), Figure.MONEY),
    )
    here = [
        (row.institution, gettext("through this system"), basis_word(row.basis), row.orders, row.net_cents)
        for row in report.rows
    ]
    beside = [
        (
            row.institution, gettext("bought elsewhere"), gettext(BASES_ELSEWHERE.get(row.basis, row.basis)),
            row.orders, row.net_cents,
        )
        for row in report.elsewhere
    ]  # fmt: skip
    return Table(gettext("Statistics of %(year)s", year=report.year), columns, (*here, *beside))


def order_lines(lines: Iterable[OrderLine]) -> Table:
    """Lines of records behind an entry."""
    columns = (
        Column("recorded", gettext("Recorded"), Figure.DAY),
        Column("record", gettext("Record")),
        Column("delivery_date", gettext("Day"), Figure.DAY),
        Column("product", gettext("Food"), share=2),
        Column("institution", gettext("Institution")),
        Column("producer", gettext("Producer")),
        Column("subject", gettext("Subject of the order")),
        Column("basis", gettext("Lawful basis")),
        Column("lot", gettext("Lot")),
        Column("weight", gettext("Weight"), Figure.WEIGHT),
        Column("net", gettext("Net"), Figure.MONEY),
    )
    rows = tuple(
        (
            line.recorded_on, line.number, line.delivery_date, line.name, line.institution, line.producer,
            line.subject, basis_word(line.basis), line.lot or "", line.grams, line.net_cents,
        )
        for line in lines
    )  # fmt: skip
    return Table(gettext("Lines"), columns, rows)
