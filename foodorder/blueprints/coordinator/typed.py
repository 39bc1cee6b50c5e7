"""What was typed into a form that is valid, as services take it."""

from typing import Any

from foodorder.blueprints.shared.forms import BaseForm


def texts(form: BaseForm, *names: str) -> dict[str, Any]:
    """The fields' data by name; what was left empty is None."""
    return {name: form[name].data or None for name in names}
