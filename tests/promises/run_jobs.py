"""A scheduler in a process of its own, advancing cycles without pause for a while: `run_jobs SECONDS`."""

import sys
import time

from foodorder import jobs
from foodorder.config import Settings
from tests.promises.house import application


def main() -> None:
    """Run the jobs that move cycles, without pause, and say when the first run is over."""
    settings = Settings.from_environment()
    app = application(settings)
    end = time.monotonic() + float(sys.argv[1])
    with app.app_context():
        while time.monotonic() < end:
            jobs.run("advance_cycles", jobs.advance_cycles, settings)
            jobs.run("seal_trail", jobs.seal_trail, settings)
