import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereplay.trace.multipart import MultipartScanner, boundary_of

BOUNDARY = b"------------------------d74496d66958873e"


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('multipart/form-data; charset=utf-8; boundary="a b"', b"a b"),
        ("MULTIPART/mixed; BOUNDARY=abc", b"abc"),
        (r'multipart/form-data; boundary="a\"\\b"', b'a"\\b'),
        ("multipart/form-data ; boundary = abc; x=y", b"abc"),
        ('multipart/form-data; boundary=""', None),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ("application/octet-stream; boundary=abc", None),
        ("", None),
        ("multipart/form-data; boundary=\xe9", b"\xe9"),
    ],
)
def test_the_boundary_is_in_the_content_type(content_type: str, boundary: bytes | None) -> None:
    assert boundary_of(content_type) == boundary


@given(
    st.text(st.characters(max_codepoint=255)),
    st.lists(st.sampled_from(["boundary", "*", "*0", "*1*", "=", ";", '"', "'", "us-ascii''a", "%C3", "\\", " ", "a"])),
)
def test_any_content_type_has_a_boundary_or_none(text: str, parts: list[str]) -> None:
    for content_type in (text, "multipart/x;" + text, "multipart/x; " + "".join(parts)):
        boundary = boundary_of(content_type)
        assert boundary is None or isinstance(boundary, bytes)


def part(content: bytes, disposition: str = 'form-data; name="f"; filename="a.bin"') -> bytes:
    head = f"Content-Disposition: {disposition}\r\nContent-Type: text/plain\r\n\r\n"
    return b"--" + BOUNDARY + b"\r\n" + head.encode() + content + b"\r\n"


END = b"--" + BOUNDARY + b"--\r\n"


def files(body: bytes, piece_bytes: int) -> list[bytes]:
    scanner = MultipartScanner(BOUNDARY)
    for at in range(0, len(body), piece_bytes):
        scanner.feed(body[at : at + piece_bytes])
    scanner.close()
    return [body[start:end] for start, end in scanner.files]


@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 17, 1000])
@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param(part(b"content") + END, [b"content"], id="one file"),
        pytest.param(part(b"value", 'form-data; name="v"') + part(b"content") + END, [b"content"], id="and a field"),
        pytest.param(part(b"one") + part(b"two") + END, [b"one", b"two"], id="two files"),
        pytest.param(part(b"") + END, [b""], id="an empty file"),
        pytest.param(part(b"a\r\n--b\r\n\r\n--\r\n") + END, [b"a\r\n--b\r\n\r\n--\r\n"], id="nearly a delimiter"),
        pytest.param(part(b"x", "form-data; name=f; filename*=utf-8''a") + END, [b"x"], id="an encoded name"),
        pytest.param(part(b"x", 'form-data; name="filename="') + END, [], id="a field of that name"),
        pytest.param(b"preamble\r\n" + part(b"content") + END + b"epilogue", [b"content"], id="text around"),
        pytest.param(part(b"content")[:-5], [b"cont"], id="torn within the file"),
        pytest.param(part(b"content")[:40], [], id="torn within the head"),
        pytest.param(END, [], id="no part"),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_the_files_are_found(body: bytes, found: list[bytes], piece_bytes: int) -> None:
    assert files(body, piece_bytes) == found


@given(st.lists(st.binary(max_size=60), max_size=4), st.integers(1, 80))
def test_any_contents_in_any_pieces_are_found(contents: list[bytes], piece_bytes: int) -> None:
    body = b"".join(part(content) for content in contents) + END
    assert files(body, piece_bytes) == contents


def test_a_head_without_end_is_given_up() -> None:
    scanner = MultipartScanner(BOUNDARY)
    scanner.feed(b"--" + BOUNDARY + b"\r\n" + b"x" * 70_000)
    scanner.feed(b"\r\n\r\n" + part(b"content") + END)
    assert scanner.files == []
