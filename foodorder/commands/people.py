"""user add: the first administrator, or anybody who cannot wait for an invitation."""

import sys

import click
from sqlalchemy import select

from foodorder.accounts import people, roles
from foodorder.accounts.models import Institution, Municipality, Producer
from foodorder.commands.opening import application, installation, set_up_log
from foodorder.db import clock, db, transaction
from foodorder.rules.permissions import SCOPES, Role, Scope
from foodorder.trail.actor import COMMAND


@click.group()
def user() -> None:
    """People who log in."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="Name as others see it.")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), required=True, help="What they are."
)
@click.option(
    "--municipality", metavar="CODE", help="Official three-digit code, for coordinators and auditors."
)
@click.option(
    "--institution", metavar="CODE", help="Short code, with --municipality, for people of a kitchen."
)
@click.option("--producer", metavar="TAX NUMBER", help="Tax number of the farm, for its people.")
@click.option("--language", type=click.Choice(["sl", "en"]), default="sl", show_default=True)
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)
def add(
    email: str,
    name: str,
    role: str,
    municipality: str | None,
    institution: str | None,
    producer: str | None,
    language: str,
    password_stdin: bool,
) -> None:
    """Add a person with a role; who is known already gets the role and keeps the password.

    The first one of an installation is its administrator:
    foodorder user add you@example.org --name "Your Name" --role administrator
    """
    set_up_log("text", quiet=True)
    if "@" not in email:
        raise click.BadParameter(f"{email} is no e-mail address.", param_hint="EMAIL")
    with installation() as place, application(place), transaction():
        reach = roles.reach_for(Role(role), _organisation(Role(role), municipality, institution, producer))
        known = people.find_person(email)
        password = None if known else _password(password_stdin)
        person = people.create_person(
            email, name, language=language, password=password, actor=COMMAND, now=clock()
        )
        roles.grant_role(person, Role(role), reach, actor=COMMAND, now=clock())
    click.echo(f"{email} is {role.replace('_', ' ')} now{' and keeps the password' if known else ''}.")


def _organisation(
    role: Role, municipality: str | None, institution: str | None, producer: str | None
) -> int | None:
    match SCOPES[role]:
        case Scope.INSTALLATION:
            return None
        case Scope.PRODUCER:
            tax_number = _needed(producer, role, "--producer")
            return _found(
                db.session.scalar(select(Producer.id).where(Producer.tax_number == tax_number)),
                f"producer with the tax number {tax_number}",
            )
        case _:
            code = _needed(municipality, role, "--municipality")
            where = _found(
                db.session.scalar(select(Municipality.id).where(Municipality.code == code)),
                f"municipality with the code {code}",
            )
    if SCOPES[role] is Scope.MUNICIPALITY:
        return where
    kitchen = _needed(institution, role, "--institution")
    return _found(
        db.session.scalar(
            select(Institution.id).where(Institution.municipality_id == where, Institution.code == kitchen)
        ),
        f"institution with the code {kitchen} in {code}",
    )


def _needed(value: str | None, role: Role, option: str) -> str:
    if value is None:
        raise click.UsageError(f"The role {role.value} needs {option}.")
    return value


def _found(number: int | None, what: str) -> int:
    if number is None:
        raise click.ClickException(f"There is no {what}.")
    return number


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked for a password here: use --password-stdin.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
