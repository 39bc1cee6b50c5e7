"""Which certificates stand behind which products, and how far farms are from doors, as known at a moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from foodorder.audit.then import AsOf, Since, since
from foodorder.db import db
from foodorder.rules.certificates import SCHEMES, CountsAs
from foodorder.rules.geography import air_metres
from foodorder.rules.green import Distance, Origin, distance_of, origin_of

#: Kinds of things that are corrected in place and matter to shares.
THINGS = ("certificate", "product", "farm", "delivery_point")

_CERTIFICATES = text("""
SELECT c.id, c.scheme, c.number, c.body, c.valid_from, c.valid_to
  FROM certificate c JOIN admission a ON a.producer_id = c.producer_id
 WHERE a.municipality_id = :municipality ORDER BY c.id
""")

_HELD = text("""
SELECT p.id, coalesce(array_agg(pc.certificate_id) FILTER (WHERE pc.certificate_id IS NOT NULL), '{}')
       AS certificates
  FROM admission a
  JOIN product p ON p.producer_id = a.producer_id
  LEFT JOIN product_certificate pc ON pc.product_id = p.id
 WHERE a.municipality_id = :municipality GROUP BY p.id
""")

_FARMS = text("""
SELECT f.id, f.country, f.latitude, f.longitude FROM farm f JOIN admission a ON a.producer_id = f.producer_id
 WHERE a.municipality_id = :municipality
""")

_POINTS = text("""
SELECT d.id, d.latitude, d.longitude FROM delivery_point d JOIN institution i ON i.id = d.institution_id
 WHERE i.municipality_id = :municipality
""")


@dataclass(frozen=True, slots=True)
class Proof:
    """A certificate; both days of its validity are included."""

    id: int
    scheme: str
    number: str
    body: str
    valid_from: date
    valid_to: date

    @property
    def counts_as(self) -> CountsAs | None:
        """The share that it proves."""
        return SCHEMES[self.scheme].counts_as if self.scheme in SCHEMES else None


@dataclass(frozen=True, slots=True)
class Known:
    """Certificates by product, the distance class of each farm and door, the country of each farm."""

    proofs: Mapping[int, tuple[Proof, ...]]
    distances: Mapping[tuple[int, int], Distance]
    metres: Mapping[tuple[int, int], int]
    #: Farm → ISO 3166-1 alpha-2.
    countries: Mapping[int, str]

    def origin_of(self, farm_id: int) -> Origin:
        """Where a farm's food is from; one that was not known yet lies nowhere."""
        return origin_of(self.countries.get(farm_id))

    def proof_of(self, product_id: int, day: date) -> Proof | None:
        """What proves the one share that a delivery counts for, organic first; None: it is conventional."""
        valid = [one for one in self.proofs.get(product_id, ()) if one.valid_from <= day <= one.valid_to]
        return next((one for share in CountsAs for one in valid if one.counts_as is share), None)

    def parameters(self) -> dict[str, list[Any]]:
        """As arrays for statements that have SHARES_AND_PLACES in them."""
        counted = [
            (product, proof.counts_as, proof.valid_from, proof.valid_to)
            for product, proofs in self.proofs.items()
            for proof in proofs
            if proof.counts_as is not None
        ]
        near = [(*pair, one) for pair, one in self.distances.items() if one is not Distance.FAR]
        return {
            "proof_products": [one[0] for one in counted],
            "proof_shares": [one[1] for one in counted],
            "proof_from": [one[2] for one in counted],
            "proof_to": [one[3] for one in counted],
            "place_farms": [one[0] for one in near],
            "place_points": [one[1] for one in near],
            "place_classes": [one[2] for one in near],
        }


#: The days on which a product counts for a share, and the places that are not far.
SHARES_AND_PLACES = """
 proof AS MATERIALIZED (
  SELECT product_id, range_agg(daterange(first, last, '[]')) FILTER (WHERE share = 'organic') AS organic,
         range_agg(daterange(first, last, '[]')) FILTER (WHERE share = 'quality') AS quality
    FROM unnest(CAST(:proof_products AS integer[]), CAST(:proof_shares AS text[]),
                CAST(:proof_from AS date[]), CAST(:proof_to AS date[]))
         AS one (product_id, share, first, last)
   GROUP BY product_id
), place AS MATERIALIZED (
  SELECT farm_id, point_id, distance
    FROM unnest(CAST(:place_farms AS integer[]), CAST(:place_points AS integer[]),
                CAST(:place_classes AS text[])) AS one (farm_id, point_id, distance)
)
"""
#: Of a line `l`, joined with `proof` as `h` and `place` as `w`.
COUNTS_AS = """CASE WHEN l.delivery_date <@ h.organic THEN 'organic'
                    WHEN l.delivery_date <@ h.quality THEN 'quality' END"""
DISTANCE = "coalesce(w.distance, 'far')"


def known(municipality_id: int, at: AsOf) -> Known:
    """All certificates, and all distances between farms and doors, of one municipality."""
    changes = since(THINGS, at)
    of = {"municipality": municipality_id}
    rows = {
        name: [row._asdict() for row in db.session.execute(statement, of)]
        for name, statement in (
            ("certificate", _CERTIFICATES), ("product", _HELD), ("farm", _FARMS), ("delivery_point", _POINTS),
        )
    }  # fmt: skip
    certificates = {one["id"]: Proof(**one) for one in _then(rows, "certificate", changes)}
    proofs = {
        one["id"]: tuple(certificates[held] for held in sorted(one["certificates"]) if held in certificates)
        for one in _then(rows, "product", changes)
    }
    farms = list(_then(rows, "farm", changes))
    metres = {
        (farm["id"], point["id"]): air_metres(
            farm["latitude"], farm["longitude"], point["latitude"], point["longitude"]
        )
        for farm in farms
        for point in _then(rows, "delivery_point", changes)
    }
    return Known(
        {product: held for product, held in proofs.items() if held},
        {pair: distance_of(far) for pair, far in metres.items()},
        metres,
        {farm["id"]: farm["country"] for farm in farms},
    )


def _then(rows: Mapping[str, list[dict[str, Any]]], kind: str, changes: Since) -> Iterable[dict[str, Any]]:
    put_back = (changes.put_back(kind, row) for row in rows[kind])
    return [row for row in put_back if row is not None]
