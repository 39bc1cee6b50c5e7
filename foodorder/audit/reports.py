"""The reports of the law as plain data: what `foodorder report … --json` prints.

Sums are integers with their unit in the name: `_cents` net of VAT, `_g` grams, `_bp` basis points. Every
share has its numerator, denominator and base; `share_bp` is null where it cannot be told, with `computable`
false where that is because a weight is not known.
"""

from typing import Any

from foodorder.audit.evidence import Evidence, Statistics, StatisticsRow, evidence, statistics
from foodorder.audit.exempted import ExemptedYear, exempted
from foodorder.audit.green import GreenYear, InstitutionShares, green_year
from foodorder.audit.then import AsOf
from foodorder.rules.green import BASES, VERDICTS, Share, Shares

Json = dict[str, Any]

#: What the portal calls the kind of what was bought: food is goods (blago).
KIND_OF_SUBJECT = "goods"


def green_report(municipality_id: int, year: int, at: AsOf) -> Json:
    """Shares of a year. Raises ParameterUnknown."""
    return green_json(green_year(municipality_id, year, at))


def evidence_report(municipality_id: int, year: int, at: AsOf) -> Json:
    """Evidence orders of a year, with its statistics. Raises ParameterUnknown."""
    found = evidence_json(evidence(municipality_id, year, at))
    return {**found, "statistics": statistics_json(statistics(municipality_id, year, at))}


def exempted_report(municipality_id: int, year: int, at: AsOf) -> Json:
    """Exempted lots up to a year's end. Raises ParameterUnknown."""
    return exempted_json(exempted(municipality_id, year, at))


def green_json(report: GreenYear) -> Json:
    """The green report."""
    targets = {"organic": report.targets.organic_bp, "quality": report.targets.quality_bp}
    return {
        "year": report.year,
        "as_of": report.at.day.isoformat(),
        "law_of": report.targets.day.isoformat(),
        "targets_bp": targets,
        "together": _shares(report.together, targets),
        "institutions": [_institution(one, targets) for one in report.institutions],
        "agreements": [
            {"title": one.title, "portal_number": one.portal_number, **_shares(one.shares, targets)}
            for one in report.agreements
        ],
    }


def _institution(one: InstitutionShares, targets: dict[str, int]) -> Json:
    return {
        "code": one.code,
        "name": one.name,
        **_shares(one.shares, targets),
        "elsewhere": {
            "months_entered": [f"{month:%Y-%m}" for month in one.elsewhere.entered],
            "months_missing": [f"{month:%Y-%m}" for month in one.elsewhere.missing],
            "purchases": one.elsewhere.rows,
            "net_cents": one.elsewhere.net_cents,
        },
    }


def _shares(shares: Shares, targets: dict[str, int]) -> Json:
    by_weight = {"organic": shares.organic, "quality": shares.quality}
    return {
        "base": BASES[shares.base],
        "lines": shares.rows,
        "weight_g": shares.grams,
        "net_cents": shares.net_cents,
        **{
            name: {
                **_share(share, "g"),
                "target_bp": targets[name],
                "verdict": VERDICTS[share.verdict(targets[name])],
            }
            for name, share in by_weight.items()
        },
        "conventional_by_value": _share(shares.conventional, "cents"),
        "origin": {one.value: _share(share, "g") for one, share in shares.origins.items()},
        "distance": {one.value: _share(share, "g") for one, share in shares.distances.items()},
    }


def _share(share: Share, unit: str) -> Json:
    return {
        f"numerator_{unit}": share.numerator,
        f"denominator_{unit}": share.denominator,
        "base": BASES[share.base],
        "share_bp": share.bp,
        "computable": share.computable,
        "without_weight": {"purchases": share.unknown_rows, "net_cents": share.unknown_cents},
    }


def evidence_json(report: Evidence) -> Json:
    """The evidence orders in the fields that the portal asks for."""
    return {
        "year": report.year,
        "as_of": report.at.day.isoformat(),
        "publish_from_cents": report.publish_from,
        "publish_by": report.due.isoformat(),
        "net_cents": report.net_cents,
        "to_publish": len(report.to_publish),
        "orders": [
            {
                "institution_code": row.institution_code,
                "institution": row.institution,
                "subject": row.subject,
                "kind": KIND_OF_SUBJECT,
                "net_cents": row.net_cents,
                "operator": row.producer,
                "operator_tax_number": row.tax_number,
                "orders": row.orders,
                "to_publish": row.to_publish,
            }
            for row in report.rows
        ],
    }


def statistics_json(report: Statistics) -> Json:
    """Orders by institution and basis; `elsewhere` is what was entered of purchases outside this system."""
    return {
        "due": report.due.isoformat(),
        "orders": [_counted(row) for row in report.rows],
        "elsewhere": [_counted(row) for row in report.elsewhere],
    }


def _counted(row: StatisticsRow) -> Json:
    return {
        "institution_code": row.institution_code,
        "institution": row.institution,
        "basis": row.basis,
        "orders": row.orders,
        "net_cents": row.net_cents,
    }


def exempted_json(report: ExemptedYear) -> Json:
    """Exempted lots with their limits; shares are of the value of the whole procurement."""
    return {
        "year": report.year,
        "as_of": report.at.day.isoformat(),
        "lot_limit_cents": report.lot_limit_cents,
        "all_lots_limit_bp": report.limit_bp,
        "agreements": [
            {
                "title": one.title,
                "portal_number": one.portal_number,
                "together": {
                    "numerator_cents": one.all_cents,
                    "denominator_cents": one.value_cents,
                    "base": "of the value of the whole procurement",
                    "share_bp": one.share_bp,
                    "limit_bp": one.limit_bp,
                    "within": one.within,
                    "year_cents": one.year_cents,
                },
                "lots": [
                    {
                        "number": lot.number,
                        "name": lot.name,
                        "net_cents": lot.all_cents,
                        "year_cents": lot.year_cents,
                        "limit_cents": lot.limit_cents,
                        "within": lot.within,
                        "institutions": [
                            {
                                "name": part.institution,
                                "net_cents": part.all_cents,
                                "year_cents": part.year_cents,
                            }
                            for part in lot.parts
                        ],
                    }
                    for lot in one.lots
                ],
            }
            for one in report.agreements
        ],
        "elsewhere": [{"institution": name, "net_cents": cents} for _, name, cents in report.elsewhere],
    }
