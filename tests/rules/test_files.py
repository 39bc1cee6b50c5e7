"""Files that people hand in are known by their first bytes."""

import io
import zipfile

import pytest

from foodorder.rules.files import (
    MOST_BYTES,
    EmptyFile,
    FilesTooLarge,
    NotAKnownDocument,
    NotAKnownFile,
    read_file,
    read_files,
)

PDF, JPG, PNG = b"%PDF-1.7 x", b"\xff\xd8\xff\xe0 x", b"\x89PNG\r\n\x1a\n x"


@pytest.mark.parametrize(
    ("name", "content", "kept", "media_type"),
    [
        ("izjava.pdf", PDF, "izjava.pdf", "application/pdf"),
        ("slika.JPEG", JPG, "slika.jpg", "image/jpeg"),
        ("slika.png", PNG, "slika.png", "image/png"),
        ("lies.png", PDF, "lies.pdf", "application/pdf"),
        ("brez", PDF, "brez.pdf", "application/pdf"),
        ("C:\\mape\\potrdilo č.pdf", PDF, "potrdilo č.pdf", "application/pdf"),
        ("../../etc/passwd", PDF, "passwd.pdf", "application/pdf"),
        ('a"b\r\n.pdf', PDF, "ab.pdf", "application/pdf"),
        ("", PDF, "file.pdf", "application/pdf"),
        ("x" * 300 + ".pdf", PDF, "x" * 100 + ".pdf", "application/pdf"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(name, content, kept, media_type):
    found = read_file(name, content)
    assert (found.name, found.media_type, found.content) == (kept, media_type, content)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", EmptyFile),
        (b"<html>", NotAKnownFile),
        (b"MZ%PDF-", NotAKnownFile),
        (b"PK\x03\x04", NotAKnownFile),
    ],
)
def test_what_is_neither_a_pdf_nor_a_picture_is_refused(content, refusal):
    with pytest.raises(refusal):
        read_file("dokument.pdf", content)


def test_all_files_together_have_a_most():
    half = PDF + b"x" * (MOST_BYTES // 2 - len(PDF))
    assert len(read_files([("a.pdf", half), ("b.pdf", half)])) == 2
    with pytest.raises(FilesTooLarge):
        read_files([("a.pdf", half), ("b.pdf", half + b"x")])


def archive(*entries: tuple[str, str]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        for name, content in entries:
            made.writestr(name, content)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (PDF, "pdf"),
        (archive(("[Content_Types].xml", ""), ("xl/workbook.xml", "")), "xlsx"),
        (archive(("[Content_Types].xml", ""), ("word/document.xml", "")), "docx"),
        (archive(("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", "")), "ods"),
        (archive(("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", "")), "odt"),
        (archive(("mimetype", "application/vnd.etsi.asic-e+zip"), ("pogodba.pdf", "")), "asice"),
    ],
)
def test_documents_may_be_those_of_an_office_program(content, ending):
    assert read_file("pogodba.bin", content, document=True).name == f"pogodba.{ending}"


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04",
        b"PK\x03\x04" + b"\x00" * 200,
        archive(("program.exe", "MZ")),
        archive(("mimetype", "application/java-archive")),
        archive(("xl/workbook.xml", ""), ("xl/vbaProject.bin", "")),
    ],
)
def test_archives_of_anything_else_are_no_documents(content):
    with pytest.raises(NotAKnownDocument):
        read_file("cenik.xlsx", content, document=True)


def test_a_spreadsheet_proves_nothing():
    with pytest.raises(NotAKnownFile):
        read_file("potrdilo.xlsx", archive(("xl/workbook.xml", "")))
