"""How fast lines are corrected at a running site's desk: `python -m bench.corrections ADDRESS EMAIL DAY`.

Every line of a day is accepted, then corrected again and again, one request a row as the desk's script sends
them. Who corrects 600 an hour has six seconds for each: what the server leaves of them is theirs.
"""

import json
import re
import statistics
import sys
import time
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener
from uuid import uuid4

from seeds.demo.load import PASSWORD

CORRECTIONS = 600
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
#: Line, and what was announced of it, thousandths and all.
ROW = re.compile(r'id="q-(\d+)"[^>]*placeholder="([\d,]+)"')


class Desk:
    """Somebody who is logged in."""

    def __init__(self, address: str, email: str, day: str) -> None:
        self.address, self.place = address, f"/kitchen/deliveries/desk?day={day}"
        self._open = build_opener(HTTPCookieProcessor(CookieJar())).open
        token = TOKEN.findall(self.ask("/login"))[0]
        self.ask("/login", {"csrf_token": token, "email": email, "password": PASSWORD})
        self.page = self.ask(self.place)
        self.token = TOKEN.findall(self.page)[0]

    def ask(self, path: str, form: dict[str, str] | None = None, *, as_json: bool = False) -> str:
        """The answer's text."""
        headers = {"Accept": "application/json"} if as_json else {}
        data = urlencode(form).encode() if form else None
        with self._open(Request(self.address + path, data, headers), timeout=60) as answer:
            return str(answer.read().decode())

    def write(self, line: str, version: int, quantity: str, **more: str) -> float:
        """One row; how long it took, seconds."""
        said = {"q": quantity, "key": str(uuid4()), "expected": str(version), **more}
        form = {f"{name}-{line}": text for name, text in said.items()}
        form |= {"csrf_token": self.token, "line": line}
        began = time.perf_counter()
        answer = json.loads(self.ask(self.place, form, as_json=True))
        took = time.perf_counter() - began
        assert [one["status"] for one in answer["lines"]] == [200], answer
        return took


def main(address: str, email: str, day: str) -> None:
    """Accept everything, correct it 600 times, and say how long that took."""
    desk = Desk(address.rstrip("/"), email, day)
    lines = [(line, announced) for line, announced in ROW.findall(desk.page) if announced != "0"]
    assert lines, f"nothing waits on {day}"
    for line, announced in lines:
        desk.write(line, 0, announced)
    took = []
    for turn in range(CORRECTIONS):
        line, announced = lines[turn % len(lines)]
        version = 1 + turn // len(lines)
        less = announced if version % 2 == 0 else "0"
        reason = {} if version % 2 == 0 else {"reason": "quality"}
        took.append(desk.write(line, version, less, words="weighed again", **reason))
    took.sort()
    total, median, p99 = sum(took), statistics.median(took), took[int(len(took) * 0.99)]
    print(f"{len(lines)} lines on the desk, {CORRECTIONS} corrections in {total:.1f} s,")
    print(f"{CORRECTIONS / total * 3600:,.0f} an hour; median {median * 1e3:.0f} ms, p99 {p99 * 1e3:.0f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:4])
