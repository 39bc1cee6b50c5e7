"""The wheel carries everything that the program needs, and works where nothing of the checkout is."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from foodorder.config import PROJECT

TRIED = """
import foodorder, foodorder.config as config, pathlib, sys
inside = pathlib.Path(sys.argv[1])
assert inside in pathlib.Path(foodorder.__file__).parents, foodorder.__file__
from foodorder import schema
from foodorder.app import create_app
from foodorder.language import speaking, gettext
settings = config.Settings.from_environment({
    "FOODORDER_DATABASE_URL": "postgresql://nobody@/nowhere", "FOODORDER_DATA_DIR": str(inside / "data")})
app = create_app(settings)
assert schema.head()
for folder in ("templates", "migrations", "docs"):
    assert inside in config.resource(folder).parents, folder
assert (config.resource("docs") / "verify_chain.py").is_file()
for name in app.jinja_env.list_templates(extensions=["html"]):
    app.jinja_env.get_template(name)
with speaking("sl"):
    assert gettext("Log in") != "Log in"
print("works")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel, unpacked as an installer would; nothing is fetched for it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def test_what_is_not_a_program_is_in_it_too(wheel: Path) -> None:
    for folder, place in (("templates", "foodorder"), ("migrations", "foodorder"), ("static", "foodorder")):
        source = PROJECT / folder if folder != "static" else PROJECT / "foodorder" / folder
        wanted = {path.relative_to(source) for path in source.rglob("*") if is_ours(path)}
        there = {path.relative_to(wheel / place / folder) for path in (wheel / place / folder).rglob("*")}
        assert wanted
        assert not wanted - there
    for source in (PROJECT / "foodorder" / "translations").rglob("*.po"):
        assert (wheel / source.relative_to(PROJECT)).with_suffix(".mo").is_file()
    assert {path.name for path in (PROJECT / "seeds").rglob("*.tsv")} <= {
        path.name for path in (wheel / "seeds").rglob("*.tsv")
    }
    assert (wheel.glob("*.dist-info/licenses/LICENSE")).__next__().is_file()


def is_ours(path: Path) -> bool:
    """A file that belongs to the project, not one that Python left beside it."""
    return path.is_file() and "__pycache__" not in path.parts


def test_nothing_else_is_in_it(wheel: Path) -> None:
    assert {path.name for path in wheel.iterdir() if not path.name.endswith(".dist-info")} == {
        "foodorder",
        "seeds",
    }
    kinds = {".key", ".pem", ".sqlite", ".eml", ".log"}
    assert not [path for path in wheel.rglob("*") if path.suffix in kinds or path.name == "secret_key"]


def test_it_works_alone(wheel: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRIED, str(wheel)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(wheel), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "works", done.stdout + done.stderr
    help_text = subprocess.run(
        [sys.executable, "-c", "from foodorder.cli import main; main()", "--help"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(wheel), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "demo" in help_text.stdout, help_text.stderr
