"""Progress for a person who waits: one moving line on a terminal, a few plain lines elsewhere, or nothing."""

import sys
import time

import click

WIDTH = 28


class Progress:
    """Call it with what is under way, how much is done, of how much."""

    def __init__(self, *, silent: bool = False) -> None:
        self._silent = silent
        self._moving = not silent and sys.stdout.isatty()
        self._last = ""
        self._quarter = -1
        self._drawn = 0.0

    def __call__(self, name: str, done: int, of: int) -> None:
        """Show it; cheap enough to call for every step."""
        if self._silent:
            return
        if self._moving:
            self._draw(name, done, of)
        else:
            self._tell(name, done, of)

    def line(self, text: str) -> None:
        """A line that stays."""
        if self._silent:
            return
        self.clear()
        click.echo(text)

    def clear(self) -> None:
        """Take the moving line away."""
        if self._moving:
            sys.stdout.write("\r\033[K")
            sys.stdout.flush()

    def _draw(self, name: str, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self._drawn < 0.05 and done < of:
            return
        self._drawn = now
        filled = WIDTH * done // max(of, 1)
        bar = "█" * filled + "░" * (WIDTH - filled)
        sys.stdout.write(f"\r\033[K  {bar} {100 * done // max(of, 1):3} %  {name[:44]}")
        sys.stdout.flush()

    def _tell(self, name: str, done: int, of: int) -> None:
        """Something new, or another quarter of a long thing that keeps its name."""
        quarter = 4 * done // max(of, 1)
        if name == self._last and (quarter == self._quarter or of <= 100):
            return
        click.echo(f"  {name}" if of <= 100 or not done else f"  {name}: {100 * done // of} %")
        self._last, self._quarter = name, quarter
