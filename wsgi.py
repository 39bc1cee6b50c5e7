"""Entry for a web server: `gunicorn wsgi:app`, with FOODORDER_DATABASE_URL set."""

from foodorder.app import create_app
from foodorder.config import Settings

app = create_app(Settings.from_environment())
