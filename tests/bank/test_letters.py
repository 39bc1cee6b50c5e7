"""Letters that payments carry: EPC217-08, and Slovene ones at home."""

import pytest

from foodorder.bank.letters import carried


@pytest.mark.parametrize(
    ("text", "slovene", "written"),
    [
        ("Kmetija Žagar", True, "Kmetija Žagar"),
        ("Kmetija Žagar", False, "Kmetija Zagar"),
        ("čšžćđ ČŠŽĆĐ", False, "cszcd CSZCD"),
        ("c\u030cebela", True, "čebela"),
        ("Müller & Sohn", True, "Muller + Sohn"),
        ("Straße „Æble“ ŁØ", True, "Strasse 'AEble' LO"),
        ("a – b — c; 5 € …", True, "a - b - c, 5 EUR ..."),
        ("»Dom« @ #7", True, "'Dom' . .7"),
        ("/a//b/", True, "a b"),
        ("a\tb\n c", True, "a b c"),
        ("日本", True, ".."),
        ("x\u0301\x00\u200b", True, "x"),
        ("", True, ""),
    ],
)
def test_letters(text, slovene, written):
    assert carried(text, 70, slovene=slovene) == written


@pytest.mark.parametrize(("most", "written"), [(3, "abc"), (4, "abc"), (5, "abc d"), (2, "ab")])
def test_what_is_too_long_is_cut_without_a_blank_at_the_end(most, written):
    assert carried("abc d", most) == written


def test_a_slash_never_ends_what_is_cut():
    assert carried("ab/cd", 3) == "ab"
