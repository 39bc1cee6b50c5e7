"""Whether this installation takes cards, and what its payment page may load."""

from flask import Flask, abort, current_app
from werkzeug.wrappers import Response

from foodorder.billing.stripe_gateway import Gateway
from foodorder.blueprints.shared.headers import CONTENT_SECURITY_POLICY
from foodorder.config import Settings, Stripe

#: Besides its script: the frames that a card is typed into, and what they ask.
OF_STRIPE = {
    "script-src": "https://js.stripe.com",
    "connect-src": "https://api.stripe.com",
    "frame-src": "https://js.stripe.com https://hooks.stripe.com",
}


def takes_cards() -> bool:
    """Whether a key is set: else there is no button and no page."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.stripe.configured


def stripe_settings() -> Stripe:
    """The settings, where there are any; the page does not exist otherwise."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.stripe if settings.stripe.configured else abort(404)


def gateway() -> Gateway:
    """The door to Stripe with this installation's key; 404 where none is set."""
    return Gateway(stripe_settings())


def let_stripe_in(page: Response) -> Response:
    """A payment page may load Stripe's script, and what that shows; no other page may."""
    settings = stripe_settings()
    page.headers["Content-Security-Policy"] = policy(settings)
    # The bank's question to the owner of a card opens in a frame of Stripe's.
    page.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=(self), usb=()"
    return page


def policy(settings: Stripe) -> str:
    """The policy of every page with Stripe's addresses beside our own."""
    extra = OF_STRIPE if settings.genuine else dict.fromkeys(("script-src", "connect-src"), settings.api_base)
    parts = [part.partition(" ") for part in CONTENT_SECURITY_POLICY.split("; ")]
    known = {name: sources for name, _space, sources in parts}
    for name, sources in extra.items():
        known[name] = f"{known[name]} {sources}" if name in known else sources
    return "; ".join(f"{name} {sources}" for name, sources in known.items())


def connects_at(settings: Stripe) -> str:
    """The policy of the page from which a producer goes on to Stripe."""
    to = "https://connect.stripe.com" if settings.genuine else settings.api_base
    return CONTENT_SECURITY_POLICY.replace("form-action 'self'", f"form-action 'self' {to}")


def register_stripe(app: Flask) -> None:
    """Templates ask whether there is anything to link to."""
    app.jinja_env.globals["takes_cards"] = takes_cards
