"""The counters: the only place that knows request, session and forms. One package per audience."""

import importlib
import importlib.util

from flask import Flask

COUNTERS = (
    "auth", "public", "window", "ways", "kitchen", "producer", "coordinator", "auditor", "administrator",
    "api", "webhooks",
)  # fmt: skip


def register_blueprints(app: Flask) -> None:
    """Open every counter."""
    for name in COUNTERS:
        spec = importlib.util.find_spec(f"foodorder.blueprints.{name}")
        if spec and spec.origin:
            app.register_blueprint(importlib.import_module(f"foodorder.blueprints.{name}").bp)
