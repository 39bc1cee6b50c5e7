"""`make bench`: measure every part in one run, print it, and write var/bench.json.

`python -m bench close` measures one part only, and leaves the others in the file as they were.
A part is a module here with a KEY in the file and `measure(server)`.
"""

import json
import os
import platform
import sys
from importlib import import_module
from importlib.util import find_spec

from foodorder.config import PROJECT
from foodorder.embedded import EmbeddedServer, exit_on_signals

PARTS = ("close", "order", "page", "audit")
RESULT = PROJECT / "var" / "bench.json"


def main(asked: list[str]) -> None:
    """Measure the parts asked for, or all."""
    exit_on_signals()
    RESULT.parent.mkdir(exist_ok=True)
    results = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    results["machine"] = {
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
    }
    with EmbeddedServer.start(PROJECT / "var" / "bench") as server:
        all_parts = [part for part in PARTS if find_spec(f"bench.{part}")]
        for name in [one for one in asked if one in all_parts] or all_parts:
            part = import_module(f"bench.{name}")
            print(f"\n{name}: {(part.__doc__ or '').splitlines()[0]}")
            # Of what is measured in several sizes the others stay.
            results[part.KEY] = {**results.get(part.KEY, {}), **part.measure(server)}
            RESULT.write_text(json.dumps(results, indent=2) + "\n")
    print(f"\nWritten to {RESULT.relative_to(PROJECT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
