"""A stranger asks for help, and types what is wrong."""

import sys
from collections.abc import Iterator

import click
import pytest

from foodorder.cli import cli, main
from tests.cli.conftest import Home


def every_command(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from every_command(inner, (*path, name))


def command_at(path: tuple[str, ...]) -> click.Command:
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    return command


@pytest.mark.parametrize("path", list(every_command(cli)), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    command = command_at(path)
    context = click.Context(command, info_name=" ".join(("foodorder", *path)))

    shown = command.get_help(context)

    assert command.help
    assert command.help.split("\n")[0].strip().endswith((".", ":", "?"))
    assert "--help" in shown
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden and parameter.name != "language":
            assert parameter.help, f"{path}: {parameter.name} has no help"


def test_the_commands_that_the_guides_name_are_there() -> None:
    names = {" ".join(path) for path in every_command(cli)}

    assert names >= {
        "demo", "serve", "web", "scheduler", "job", "db upgrade", "db downgrade", "db backup", "db restore",
        "seed reference", "seed demo", "user add", "trail verify", "trail export", "doctor", "version",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["nosuch"], "No such command 'nosuch'"),
        (["job", "nosuch"], "'nosuch' is not one of"),
        (["job"], "Missing argument 'NAME'"),
        (["demo", "--port", "99999"], "99999 is not in the range"),
        (["demo", "--weeks", "many"], "'many' is not a valid integer"),
        (["demo", "--json"], "--json needs --once"),
        (["db", "restore", "/nowhere"], "'/nowhere' does not exist"),
        (["seed", "demo", "--weeks", "0"], "0 is not in the range"),
        (["user", "add", "a@b.example", "--name", "N", "--role", "cook"], "'cook' is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_line(
    typed: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["foodorder", *typed])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    one_line(capsys.readouterr().err, said)


def one_line(error: str, said: str) -> None:
    assert said in error
    assert error.startswith("Error: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["web", "--host", "nowhere.invalid"], "is no address of this machine"),
        (["db", "backup", "/nowhere/at/all"], "There is no folder /nowhere/at"),
        (["db", "restore", __file__], "is no backup of foodorder"),
        (["user", "add", "nobody", "--name", "N", "--role", "auditor"], "nobody is no e-mail address"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_line(typed: list[str], said: str, empty_home: Home) -> None:
    done = empty_home.run(*typed)

    assert done.returncode in (1, 2)
    one_line(done.stderr, said)
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"FOODORDER_DATABASE_URL": "mysql://localhost/food"}, "must begin with postgresql://"),
        ({"FOODORDER_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/food"}, "The database does not answer"),
        ({"FOODORDER_MAIL_PORT": "post"}, "FOODORDER_MAIL_PORT must be a port number"),
        ({"FOODORDER_DATA_DIR": "/proc/nothing/here"}, "/proc"),
    ],
    ids=["engine", "server", "port", "folder"],
)
def test_wrong_settings_are_one_line(variables: dict[str, str], said: str, empty_home: Home) -> None:
    done = empty_home.run("job", "sweep", **variables)

    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_group_by_its_name_alone_shows_its_help(empty_home: Home) -> None:
    done = empty_home.run("db")

    assert "backup" in done.stdout
    assert done.stderr == ""


def test_the_version_is_printed_by_the_script_itself(empty_home: Home) -> None:
    with empty_home.running("version") as process:
        printed, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert printed.startswith("foodorder 0.")
