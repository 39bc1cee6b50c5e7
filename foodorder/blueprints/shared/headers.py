"""The headers every answer carries: what a browser may load, keep and tell others.

No inline script and no inline style is ever allowed, and no other host is ever asked for anything.
"""

from flask import Flask, request, session
from werkzeug.wrappers import Response

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # Bootstrap draws its arrows and ticks with data: images of its own style sheet.
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # The protection of forms compares the referrer under https, so our own pages must send it.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}

ONE_YEAR = 31_536_000


def set_headers(answer: Response) -> Response:
    """Add what is missing; a view that needs something else has set it already."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.is_secure:
        answer.headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR}; includeSubDomains")
    if request.endpoint and request.endpoint.endswith("static"):
        # The address of our own files carries a mark of their content (`asset`), so they may be kept.
        if "v" in request.args and answer.status_code == 200:
            answer.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable"
    elif "_user_id" in session:
        # A shared computer in a kitchen must not show the last person's pages after log-out.
        answer.headers["Cache-Control"] = "no-store"
    return answer


def let_camera_in(page: Response) -> Response:
    """A page on which labels are scanned may look through the camera; no other page may."""
    page.headers["Permissions-Policy"] = HEADERS["Permissions-Policy"].replace("camera=()", "camera=(self)")
    return page


def register_headers(app: Flask) -> None:
    """Set the headers on every answer of the application, errors included."""
    app.after_request(set_headers)
