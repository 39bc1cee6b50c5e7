"""What the embedded server is told: who may come in, and how it behaves."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Role = Literal["owner", "app", "admin"]
ROLES: dict[Role, str] = {"owner": "foodorder_owner", "app": "foodorder_app", "admin": "foodorder_admin"}
DATABASE = "foodorder"
PORT = 5432  # only names the socket file; nothing listens on the network

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "lc_messages": "C",
    "default_text_search_config": "pg_catalog.simple",
}
# For clusters whose loss nobody would notice: tests.
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def configuration_files(socket_dir: Path, system_user: str, fast: bool) -> dict[str, str]:
    """Names and texts of the cluster's three configuration files, written anew at every start.

    Only the server's system user and root come in, by peer authentication, and only as our three roles.
    """
    settings = SETTINGS | {"unix_socket_directories": str(socket_dir)} | (FAST_SETTINGS if fast else {})
    people = sorted({system_user, "root"})
    pairs = [f'foodorder "{name}" {role}\n' for name in people for role in ROLES.values()]
    return {
        "postgresql.conf": "".join(f"{name} = '{value}'\n" for name, value in settings.items()),
        "pg_hba.conf": "local all all peer map=foodorder\n",
        "pg_ident.conf": "".join(pairs),
    }
