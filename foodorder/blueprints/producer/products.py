"""The producer's list of products."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for

from foodorder.accounts.models import Certificate
from foodorder.blueprints.producer.counter import bp, producer
from foodorder.blueprints.producer.product_form import ProductForm, food_name, scheme_label
from foodorder.blueprints.shared.access import needs, present
from foodorder.blueprints.shared.forms import EmptyForm
from foodorder.blueprints.shared.page import flash_undo
from foodorder.catalogue.models import Product
from foodorder.catalogue.products import (
    ProductRefused,
    create_product,
    restore_product,
    retire_product,
)
from foodorder.catalogue.products import (
    edit_product as change_product,
)
from foodorder.catalogue.queries import product_of, products_of
from foodorder.db import clock, transaction
from foodorder.language import gettext as _
from foodorder.rules.permissions import Permission


@bp.get("/products")
@needs(Permission.OFFERS_SEE_OWN)
def products() -> str:
    """All products, those no longer sold at the end."""
    return render_template(
        "producer/products.html",
        products=products_of(producer().id, retired=True),
        today=clock().date(),
        food_name=food_name,
        scheme_label=scheme_label,
        newest_proofs=newest_proofs,
        many_farms=len(producer().farms) > 1,
    )


def newest_proofs(product: Product) -> list[Certificate]:
    """Of each scheme the certificate that holds longest: older ones are history."""
    newest = {proof.scheme: proof for proof in sorted(product.certificates, key=lambda one: one.valid_to)}
    return list(newest.values())


@bp.route("/products/new", methods=["GET", "POST"])
@needs(Permission.PRODUCTS_EDIT)
def new_product() -> Any:
    """Add a product."""
    return product_page(None)


@bp.route("/products/<int:product_id>", methods=["GET", "POST"])
@needs(Permission.PRODUCTS_EDIT)
def edit_product(product_id: int) -> Any:
    """Change a product."""
    return product_page(own_product(product_id))


@bp.post("/products/<int:product_id>/active")
@needs(Permission.PRODUCTS_EDIT)
def toggle_product(product_id: int) -> Any:
    """Stop selling a product, or sell it again; either can be undone at once."""
    product = own_product(product_id)
    if not EmptyForm().validate_on_submit():
        abort(400)
    with transaction():
        (retire_product if product.active else restore_product)(product, actor=present().actor, now=clock())
    words = _("%(product)s is sold again.") if product.active else _("%(product)s is no longer sold.")
    flash_undo(words % {"product": product.name}, url_for("producer.toggle_product", product_id=product.id))
    return redirect(url_for("producer.products"), code=303)


def own_product(product_id: int) -> Product:
    """A product of this producer; 404 for everybody else's."""
    return product_of(producer().id, product_id) or abort(404)


def product_page(product: Product | None) -> Any:
    """The form of a product, filled from what is stored."""
    form = ProductForm(data=stored(product))
    form.offer_choices(producer(), product)
    if product:
        unit = product.food_type.unit
        form.order_step.unit = form.pack.unit = form.minimum_quantity.unit = unit
    if form.validate_on_submit() and save(product, form):
        flash(_("%(product)s is saved.", product=form.name.data), "success")
        return redirect(url_for("producer.products"), code=303)
    page = render_template("producer/product.html", form=form, product=product, food_name=food_name)
    return page, 422 if form.errors else 200


def stored(product: Product | None) -> dict[str, Any]:
    """The fields of a product as the form begins with them."""
    if product is None:
        return {"order_step": 1000, "farm_id": producer().farms[0].id if producer().farms else None}
    names = ("name", "farm_id", "order_step", "pack", "harvest_hours", "gtin", "allergens", "traces")
    return {
        **{name: getattr(product, name) for name in names},
        "minimum_quantity": product.minimum_quantity or None,
        "certificate_ids": [proof.id for proof in product.certificates],
    }


def save(product: Product | None, form: ProductForm) -> bool:
    """Store what was typed; False with each problem beside its field."""
    actor, data = present().actor, form.values(product)
    try:
        with transaction():
            if product:
                change_product(product, data, actor=actor, now=clock())
            else:
                create_product(producer().id, data, actor=actor, now=clock())
    except ProductRefused as reason:
        for problem in reason.problems:
            form.refuse(problem)
        return False
    return True
