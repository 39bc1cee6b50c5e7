"""demo: one whole week of the market, then the site to walk into."""

import json
import socket
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from foodorder.commands.family import listen
from foodorder.commands.opening import application, installation, set_up_log
from foodorder.commands.progress import Progress
from foodorder.commands.serving import HOST, PORT, Site, host_option
from foodorder.config import Settings
from foodorder.installation import Installation
from foodorder.rules.agreements import BASES, Basis
from foodorder.rules.permissions import ROLE_LABELS, Role
from seeds.demo import bulk
from seeds.demo.clock import ZONE, clock_of
from seeds.demo.load import PASSWORD
from seeds.demo.result import Result
from seeds.demo.run import run
from seeds.demo.world import load_world

WEEKS, WORKERS = 12, 2


@click.command()
@click.option("--once", is_flag=True, help="Play the week and end; do not serve the site.")
@click.option("--json", "as_json", is_flag=True, help="With --once: print one JSON object and nothing else.")
@host_option
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=PORT,
    show_default=True,
    help="Port of the site; the next free one if it is taken.",
)
@click.option(
    "--weeks",
    type=click.IntRange(0, 150),
    default=WEEKS,
    show_default=True,
    help="Past weeks to make the first time.",
)
def demo(once: bool, as_json: bool, host: str, port: int, weeks: int) -> None:
    """Fill an invented market with life and open it.

    One whole week happens before your eyes: the cycle opens, twelve kitchens order, the deadline passes, the
    scheduler closes it and makes procurement records. Then the site is served with the next cycle open.
    Run again, it plays the next week.
    """
    if as_json and not once:
        raise click.UsageError("--json needs --once: a site that is served has nothing more to print.")
    set_up_log(Settings.from_environment().log_format, quiet=True)
    progress = Progress(silent=as_json)
    listening = None if once else listen(host, port, or_next=True)
    progress.line("A week of the market in Kranj (public kitchens, invented farms)")
    with ExitStack() as stack:
        place = stack.enter_context(installation())
        # The site gets ready while the week is played.
        site = stack.enter_context(_site(listening, place)) if listening else None
        bulk.rarely_look_for_garbage()
        with application(place, engine=bulk.ENGINE), clock_of(place.settings.owner_url) as clock:
            result = run(place.settings, clock, progress, weeks=weeks)
        progress.clear()
        if as_json:
            click.echo(json.dumps(result.as_json()))
        else:
            _print_summary(result)
        if site:
            site.open()
            _announce(site.address, place, port, host)
            site.wait()


def _site(listening: socket.socket, place: Installation) -> Site:
    """Without a mail server the demo's mails become files, so that links in them can be followed."""
    folder = (
        {} if place.settings.mail.host else {"FOODORDER_MAIL_FOLDER": str(place.settings.data_dir / "mail")}
    )
    return Site(listening, WORKERS, **folder)


def _print_summary(result: Result) -> None:
    closed = result.closed
    rows = {
        "cycle": result.name,
        "orders": f"{closed.orders:,}",
        "lines": f"{closed.lines:,}",
        "suppliers": f"{closed.producers:,}",
        "records": f"{closed.records:,}",
        "net": _money(closed.net_cents),
        "VAT": _money(closed.vat_cents),
        "gross": _money(closed.gross_cents),
        "ordered": _kilograms(closed.ordered_grams),
        "recorded": _kilograms(closed.recorded_grams),
        "added by rounding less what was cut or cancelled": _kilograms(-closed.differences_grams, sign=True),
        "organic": _share(result.organic_grams, closed.recorded_grams),
        "local (up to 30 km)": _share(result.local_grams, closed.recorded_grams),
    }
    rows |= {
        f"by lawful basis: {BASES[Basis(basis)].lower()}": _share(cents, closed.net_cents)
        for basis, cents in result.bases.items()
    }
    click.echo()
    for name, value in rows.items():
        click.echo(f"  {name:<50} {value:>16}")
    click.echo()
    click.echo(f"  The next cycle, {result.next_name}, is open until {_local(result.next_closes_at)}.")
    if result.ahead:
        click.echo(f"  The demo's clock is {_days(result.ahead)} ahead of real time; every page says so.")
    click.echo(f"  ({result.seconds:.1f} s)")


def _announce(address: str, place: Installation, port: int, host: str) -> None:
    if not address.endswith(f":{port}"):
        click.echo(f"\n  Port {port} is taken.")
    click.echo(f"\n  Open {address}   (Ctrl-C ends it)")
    if host != HOST:
        click.echo("  Whoever reaches this machine can log in: the password below is public.")
    click.echo(f"\n  Log in with the password “{PASSWORD}”:\n")
    for person in load_world().persons:
        if person.featured:
            roles = ", ".join(dict.fromkeys(ROLE_LABELS[Role(grant.role)] for grant in person.grants))
            click.echo(f"    {person.email:<32} {roles}")
    if place.settings.mail.host:
        click.echo(f"\n  Mails go to {place.settings.mail.host}.")
    else:
        folder = place.settings.data_dir / "mail"
        shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
        click.echo(f"\n  No mail server is set up: mails are written to {shown}/ instead.")


def _money(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02} EUR"


def _kilograms(grams: int, *, sign: bool = False) -> str:
    shown = f"{(abs(grams) + 500) // 1000:,} kg"
    return shown if not sign else ("-" if grams < 0 else "+") + shown


def _share(part: int, whole: int) -> str:
    permille = (part * 1000 + whole // 2) // whole if whole else 0
    return f"{permille // 10}.{permille % 10} %"


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(ZONE)):%A, %d %B %Y, %H:%M}"


def _days(ahead: timedelta) -> str:
    hours = int(ahead.total_seconds()) // 3600
    return (
        f"{hours // 24} d {hours % 24} h"
        if hours >= 24
        else f"{hours} h {int(ahead.total_seconds()) // 60 % 60} min"
    )
