"""The database server that the program brings along, where `FOODORDER_DATABASE_URL` names no other."""

from foodorder.embedded.configuration import Role
from foodorder.embedded.places import EmbeddedServerError
from foodorder.embedded.server import EmbeddedServer
from foodorder.embedded.signals import exit_on_signals

__all__ = ["EmbeddedServer", "EmbeddedServerError", "Role", "exit_on_signals"]
