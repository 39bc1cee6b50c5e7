"""Records on a lawful basis that their world did not order on."""

from sqlalchemy import text

from foodorder.db import db


def rebase(producer_id: int, basis: str, lot_id: int | None = None) -> None:
    """Put a producer's records on another basis: frozen as they are, each gets a copy as its next version."""
    db.session.execute(
        text("""
        WITH new AS (
          INSERT INTO procurement_record (cycle_id, institution_id, producer_id, basis, lot_id, year,
              sequence, version, number, recorded_at, net_cents, vat_cents, gross_cents, grams, lines,
              replaces_id)
          SELECT cycle_id, institution_id, producer_id, :basis, :lot, year, sequence, version + 1,
                 number || '/2', recorded_at, net_cents, vat_cents, gross_cents, grams, lines, id
            FROM procurement_record WHERE producer_id = :producer AND superseded_by_id IS NULL
          RETURNING id, replaces_id
        ), lines AS (
          INSERT INTO record_line (record_id, order_line_id, change_id, institution_id, delivery_point_id,
              delivery_date, offer_version_id, product_id, name, unit, quantity, grams, price_cents,
              net_cents, vat_treatment, vat_bp)
          SELECT new.id, l.order_line_id, l.change_id, l.institution_id, l.delivery_point_id,
              l.delivery_date, l.offer_version_id, l.product_id, l.name, l.unit, l.quantity, l.grams,
              l.price_cents, l.net_cents, l.vat_treatment, l.vat_bp
            FROM new JOIN record_line l ON l.record_id = new.replaces_id
        )
        UPDATE procurement_record r SET superseded_by_id = new.id FROM new WHERE r.id = new.replaces_id
        """),
        {"basis": basis, "lot": lot_id, "producer": producer_id},
    )
