"""What the build does beyond copying files: message catalogues are compiled, dependencies are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

OUTSIDE_THE_PACKAGE = ("migrations", "templates", "docs/verify_chain.py")


class FoodorderBuildHook(BuildHookInterface[Any]):
    """Write a `.mo` beside every `.po`, for wheels and editable installs alike.

    A wheel also takes in what stands beside the package in the checkout and the program hands out.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for source in sorted(Path(self.root, "foodorder", "translations").glob("*/LC_MESSAGES/*.po")):
            language = source.parent.parent.name
            with source.open("rb") as text:
                catalogue = read_po(text, locale=language)
            with source.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, catalogue)
        if self.target_name == "wheel" and version == "standard":
            for place in OUTSIDE_THE_PACKAGE:
                build_data["force_include"][str(Path(self.root, place))] = f"foodorder/{place}"


class DependenciesHook(MetadataHookInterface):
    """Take the direct dependencies from `requirements/base.in`, the one place that names them."""

    def update(self, metadata: dict[str, Any]) -> None:
        lines = Path(self.root, "requirements", "base.in").read_text("utf-8").splitlines()
        metadata["dependencies"] = [line for line in lines if line and line[0] not in "#-"]
