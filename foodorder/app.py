"""The composition: settings in, a Flask application out."""

import gc
import secrets
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from foodorder.blueprints import register_blueprints
from foodorder.blueprints.shared.access import register_access
from foodorder.blueprints.shared.anonymous import Sessions
from foodorder.blueprints.shared.compression import register_compression
from foodorder.blueprints.shared.errors import register_errors
from foodorder.blueprints.shared.forms import register_forms
from foodorder.blueprints.shared.headers import register_headers
from foodorder.blueprints.shared.icons import register_icons
from foodorder.blueprints.shared.language import register_language
from foodorder.blueprints.shared.navigation import register_navigation
from foodorder.blueprints.shared.page import register_page
from foodorder.blueprints.shared.stripe import register_stripe
from foodorder.config import Settings, resource
from foodorder.db import PLANNING, WEB_TIMEOUTS, db
from foodorder.pool import watch

#: Longer than a working day and a night: a draft begun in the evening is finished at six.
LOGIN_LIFETIME = timedelta(hours=36)
#: Objects made and not yet given up before the collector looks for cycles among them (Python's own: 700). The
#: longest page makes fifty thousand that all go with their last reference; to walk them cost a tenth of it.
COLLECT_AFTER = 50_000


def create_app(settings: Settings, *, timeouts: str = WEB_TIMEOUTS) -> Flask:
    """An application for one installation; `settings.database_url` must name a running server."""
    app = Flask("foodorder", template_folder=str(resource("templates")))
    app.session_interface = Sessions()
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key or secret_key(settings.data_dir),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": 8,
            "max_overflow": 8,
            "isolation_level": "READ COMMITTED",
            "connect_args": {
                "options": f"-c timezone=UTC {PLANNING} {timeouts}",
                "application_name": "foodorder",
            },
        },
        SESSION_COOKIE_NAME="foodorder",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=LOGIN_LIFETIME,
        # The cookie is signed anew when the log-in's last use is noted, not with every answer.
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=20_000,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    if settings.https:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    db.init_app(app)
    with app.app_context():
        watch(db.engine)
    Bootstrap5(app)
    register_compression(app)
    register_headers(app)
    register_access(app)
    register_language(app)
    # After the language: a form that is refused is answered in the reader's words.
    CSRFProtect(app)
    register_page(app)
    register_icons(app)
    register_forms(app)
    register_navigation(app)
    register_stripe(app)
    register_errors(app)
    register_blueprints(app)
    # What is loaded now stays as long as the process: the collector need not walk it during a request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    return app


def secret_key(data_dir: Path) -> str:
    """The key that signs cookies when none is configured: made once, readable by nobody else."""
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip()
