"""Lists of pictures that people bring, as spreadsheets and editors save them."""

import pytest

from workbench.errors import RejectedFile
from workbench.sources.imports import Entry, in_list, in_manifest
from workbench.sources.imports.lists import MOST_BYTES, MOST_ENTRIES

PLAIN = "source,name,collection,tags\ns3://b/a.png,Oat tin,Autumn,tin;oat\nhttps://x.example/b.png,,,\n"
EXPECTED = [
    Entry("s3://b/a.png", "Oat tin", "Autumn", ("oat", "tin"), 2),
    Entry("https://x.example/b.png", line=3),
]


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace(";", "|").replace(",", ";").replace("|", "|").encode(),
        PLAIN.replace(",", "\t").encode(),
        b'\xef\xbb\xbf Source , NAME,Collection,Tags\n s3://b/a.png , Oat tin , Autumn ,"Oat, tin"\nhttps://x.example/b.png\n',
    ],
    ids=["utf-8", "bom", "utf-16", "crlf", "semicolons", "tabs", "spaces and quotes"],
)
def test_a_manifest_is_read_however_the_spreadsheet_saved_it(data: bytes) -> None:
    assert in_manifest(data) == (EXPECTED, [])


def test_columns_that_mean_nothing_are_named_and_empty_rows_skipped() -> None:
    entries, strange = in_manifest(b"sku,source,price\n1,a.png,3\n,,\n2,b.png,4\n")
    assert [(one.source, one.line) for one in entries] == [("a.png", 2), ("b.png", 4)]
    assert strange == ["sku", "price"]


def test_a_bad_row_is_named_by_its_number_and_the_rest_goes_on() -> None:
    rows = [
        "source,name,tags",
        "a.png,Good,",
        ",No source,",
        f"b.png,{'n' * 201},",
        f"c.png,,{'t' * 51}",
        "d.png,x,y,z,more",
        "e.png,,",
        "f\0.png,,",
    ]
    entries, _ = in_manifest("\n".join(rows).encode())
    assert [one.source for one in entries if one.problem is None] == ["a.png", "e.png"]
    problems = [one.problem for one in entries if one.problem]
    assert [words.split(":")[0] for words in problems] == ["Row 3", "Row 4", "Row 5", "Row 6", "Row 8"]
    assert "names no source" in problems[0] and "200 characters" in problems[1] and "more fields" in problems[3]


def test_a_field_may_hold_line_ends_and_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    entries, _ = in_manifest(b'source,tags\na.png,"one\ntwo"\n,x\n')
    assert entries[0].tags == ("one", "two")
    assert entries[1].problem and entries[1].problem.startswith("Row 3:")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "named? its columns|names its columns"),
        (b"name,tags\nx,y\n", "one of them is “source”. This one has: name, tags"),
        (b"source,source\na,b\n", "“source” twice"),
        (b"source\n\n\n", "names no picture"),
        (b'source,name\na.png,x\nb.png,"open\n', "Row 3 of the manifest can't be read"),
        (b'source,name\na.png,"x"y\n', "Row 2 of the manifest can't be read"),
        ("source\nM\u00fcsli.png\n".encode("latin-1"), "Line 2 of this list is not UTF-8. Save it as “CSV UTF-8”"),
        (b"source\n" + b"a.png\n" * (MOST_ENTRIES + 1), "names 10,001 pictures"),
        (b"source\n" + b"a" * MOST_BYTES, "takes up to 5 MB"),
        (b"source\n" + b"a" * 200_000 + b"\n", "can't be read|longer"),
        (b"\xff\xfe\x00", "not UTF-8|can't be read"),
    ],
)  # fmt: skip
def test_what_is_no_manifest_gets_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(RejectedFile, match=words) as caught:
        in_manifest(data)
    assert str(caught.value).endswith(".")


def test_a_plain_list_has_one_source_on_a_line() -> None:
    assert in_list("\ufeff# from the agency\n\n s3://b/ü.png \r\nhttps://x.example/b.png".encode()) == [
        Entry("s3://b/ü.png", line=3), Entry("https://x.example/b.png", line=4),
    ]  # fmt: skip
    assert (
        in_list(b"a.png\nb\0.png")[1].problem
        == "Line 2: It holds a character that belongs in no address. Type it again."
    )
    with pytest.raises(RejectedFile, match="names no picture"):
        in_list(b"# nothing\n")
