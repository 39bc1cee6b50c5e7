#!/usr/bin/env python3
"""Check an export of the trail without foodorder: Python 3.9 or later and nothing else.

    python3 verify_chain.py trail.jsonl.gz [--heads heads.csv]

Reads what `foodorder trail export`, the auditor's download or an evidence pack wrote: one JSON object a line,
plain or packed with gzip. Prints one line and ends with 0 when everything fits; otherwise names the first row
that does not, and ends with 1. What cannot be read at all ends with 2.

What is computed:
  fingerprint of an event = SHA-256( number of the event, newline, text of the event ), in UTF-8
  fingerprint of a block  = SHA-256( fingerprint of the block before, fingerprints of its events in order ),
                            in bytes; before the first block stand 32 zero bytes
An event without a text (of another municipality) is taken by its fingerprint: a wrong one would not fit the
block. The last block's fingerprint, the head, depends on every event that was ever sealed. Whoever could
rewrite the whole export could also make all fingerprints anew: only a head that was noted or published before
shows that. `--heads` takes a file with such heads: each line that holds 64 hexadecimal digits must be the
fingerprint of a block of the chain, whatever else the line says (a date, the number of a block).
"""

import argparse
import gzip
import hashlib
import json
import re
import sys

FORMAT = "foodorder trail 1"
NOTHING = bytes(32)
HEAD = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


class Misfit(Exception):
    """The first row that does not fit, in a sentence."""


class Chain:
    """What is known while the lines go by."""

    def __init__(self, partial):
        self.partial = partial
        self.block = None
        self.found = []
        self.heads = set()
        self.blocks = self.events = self.texts = self.last = 0
        self.head = NOTHING

    def begin(self, row):
        """A block begins: it must follow the one before."""
        self.finish()
        number = row["block"]
        follows = number == self.last + 1
        if not follows and not (self.partial and number > self.last):
            raise Misfit(f"block {self.last + 1} is missing (block {number} stands in its place)")
        previous = bytes.fromhex(row["previous"])
        if follows and previous != self.head:
            raise Misfit(f"block {number} does not follow the block before it")
        self.block, self.found = row, []

    def take(self, row):
        """An event: its text must have its fingerprint."""
        number = row["event"]
        if self.block is None:
            raise Misfit(f"event {number} stands in no block")
        stated = bytes.fromhex(row["hash"])
        if "text" in row:
            if hashlib.sha256(f"{number}\n{row['text']}".encode()).digest() != stated:
                raise Misfit(f"event {number} in block {self.block['block']} was changed")
            self.texts += 1
        self.found.append(stated)

    def finish(self):
        """The block is whole: its events must make its fingerprint."""
        row = self.block
        if row is None:
            return
        if len(self.found) != row["events"]:
            raise Misfit(f"block {row['block']} holds {len(self.found)} events instead of {row['events']}")
        made = hashlib.sha256(bytes.fromhex(row["previous"]) + b"".join(self.found)).digest()
        if made.hex() != row["hash"]:
            raise Misfit(f"block {row['block']} does not fit its events")
        self.head, self.last = made, row["block"]
        self.heads.add(row["hash"])
        self.blocks, self.events, self.block = self.blocks + 1, self.events + len(self.found), None

    def end(self, row):
        """The last line must say what was read."""
        self.finish()
        for name in ("blocks", "events", "texts"):
            there = getattr(self, name)
            if row[name] != there:
                raise Misfit(f"the last line speaks of {row[name]} {name}, but there are {there}")
        if row["head"] != self.head.hex():
            raise Misfit("the head in the last line is not the fingerprint of the last block")


def check(lines):
    """Go through the lines of an export; returns the Chain. Raises Misfit."""
    first = next(lines, None)
    if first is None:
        raise Misfit("the file is empty")
    head = json.loads(first)
    if head.get("format") != FORMAT:
        raise ValueError(f"this is no export of a trail ({FORMAT})")
    chain, ended = Chain(bool(head.get("partial"))), False
    for number, text in enumerate(lines, start=2):
        try:
            row = json.loads(text)
        except ValueError:
            raise Misfit(f"line {number} is broken off or changed") from None
        if ended:
            raise Misfit(f"line {number} stands after the end")
        if "end" in row:
            chain.end(row)
            ended = True
        elif "block" in row:
            chain.begin(row)
        elif "event" in row:
            chain.take(row)
        else:
            raise Misfit(f"line {number} is neither a block nor an event")
    if not ended:
        raise Misfit(f"the file ends in or after block {chain.block['block'] if chain.block else chain.last}")
    return chain


def published(chain, lines):
    """Every published head must be a block of the chain; returns how many there were. Raises Misfit."""
    count = 0
    for text in lines:
        for head in HEAD.findall(text.lower()):
            if head not in chain.heads and head != NOTHING.hex():
                raise Misfit(f"a published head is not in the chain: {text.strip()}")
            count += 1
    return count


def main():
    """Read the arguments, check, say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("export", help="the exported chain (.jsonl or .jsonl.gz)")
    parser.add_argument("--heads", help="a text file with published heads, one a line")
    asked = parser.parse_args()
    try:
        opener = gzip.open if asked.export.endswith(".gz") else open
        with opener(asked.export, "rt", encoding="utf-8") as lines:
            chain = check(iter(lines))
        heads = 0
        if asked.heads:
            with open(asked.heads, encoding="utf-8") as lines:
                heads = published(chain, lines)
    except Misfit as misfit:
        print(f"WRONG: {misfit}.")
        return 1
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        print(f"Cannot be read: {error}.", file=sys.stderr)
        return 2
    what = "All blocks of the excerpt fit" if chain.partial else "The chain is whole"
    print(f"{what}: {chain.events} events in {chain.blocks} blocks, {chain.texts} of them with their text.")
    print(f"Head: {chain.head.hex()}" + (f"; {heads} published heads are in it." if heads else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
