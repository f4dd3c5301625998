"""A staircase of another request than the recorded one, over TLS, and by another way to the server."""

import json
from pathlib import Path

import pytest

from tests.cli.command_line import NOBODY, Told, invoke
from tests.net.proxies import socks_proxy
from tests.net.tls_sink import Vault
from tests.servers.witnessing import READ_ALL, beside
from tracereplay import serve

EXAMPLE = Path(__file__).parents[2] / "examples" / "flask_uploads"
APPS = f"""
from tracereplay.witness import ASGI
{READ_ALL}
stream = ASGI(read_all)
"""
SIZE = 1000
PUT = b"PUT /raw HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % SIZE
GROWN = ("--grow", "body=200k", "--step", "32k", "--to", "100k")
STREAM = "uvicorn --lifespan off apps:stream "
FLASK = "gunicorn --no-control-socket --bind fd://{fd} careful:app"
SENT = [32_768, 65_536, 98_304]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return the recording of a small upload, beside an application that takes it."""
    return beside(APPS, tmp_path / "small.txt", PUT, b"x" * SIZE)


def climbed(small: Path, command: str, *args: str, target: str = "{target}") -> Told:
    log = small.parent / "witness.jsonl"
    with serve(command, cwd=small.parent, env={"TRACEREPLAY_WITNESS": str(log)}) as server:
        words = [one.replace("{target}", server.target) for one in ("--target", target, *args)]
        return invoke("staircase", small, "--witness", log, *words, "--format", "json")


def seen(told: Told) -> dict[str, list[int]]:
    """Return how much was seen at each place, of each way."""
    assert told.code == 0, told.err
    curves = json.loads(told.out)["curves"]
    assert all([sent for sent, _ in one["points"]] == SENT for one in curves)
    return {one["how"]: [seen for _, seen in one["points"]] for one in curves}


def test_a_small_upload_can_be_grown_for_it(small: Path) -> None:
    told = climbed(small, STREAM + "--fd {fd}", *GROWN)
    assert seen(told) == dict.fromkeys(("stall", "rst", "fin"), SENT)
    short = climbed(small, STREAM + "--fd {fd}")
    assert (short.code, "a larger upload: --grow file=300KiB" in short.err) == (2, True)


def test_over_tls_the_bytes_of_the_body_are_counted_and_not_those_of_the_wire(small: Path) -> None:
    vault = Vault(small.parent)
    certificate, key = vault.hand_over()
    secure = f"{STREAM}--fd {{fd}} --ssl-certfile {certificate.name} --ssl-keyfile {key.name}"
    told = climbed(
        small, secure, *GROWN, "--cacert", str(vault.cacert), "--close", "stall,fin", target="https://{target}"
    )
    assert seen(told) == dict.fromkeys(("stall", "fin"), SENT)
    untrusted = climbed(small, secure, *GROWN, target="https://{target}")
    assert (untrusted.code, "is not trusted as 127.0.0.1" in untrusted.err) == (4, True)


def test_the_way_to_the_server_is_that_of_a_play(small: Path) -> None:
    there = ("--connect-to", "example.test:80:{target}")
    told = climbed(small, STREAM + "--fd {fd}", *GROWN, *there, "--close", "fin", target="example.test:80")
    assert seen(told) == {"fin": SENT}


def test_behind_a_proxy_the_witness_does_not_know_the_client_and_a_probe_sees_all(small: Path) -> None:
    with socks_proxy() as proxy:
        through = ("--proxy", f"socks5://{proxy}", "--close", "fin")
        blind = climbed(small, STREAM + "--fd {fd}", *GROWN, *through)
        database = small.parent / "uploads.db"
        with serve(FLASK, cwd=EXAMPLE, env={"DATABASE": str(database)}) as server:
            probe = f"sql:{database} SELECT coalesce(sum(file_bytes), 0) FROM uploads"
            form = ("--grow", "file=200k", "--step", "64k", "--to", "100k", "--probe", probe, "--format", "json")
            told = invoke("staircase", EXAMPLE / "upload.txt", "--target", server.target, *form, *through)
    assert blind.code == 2
    assert "no proxy before it" in blind.err
    assert told.code == 0, told.err
    ((sent, seen),) = json.loads(told.out)["curves"][0]["points"]
    assert sent - 1000 < seen < sent == 65_536


def test_a_page_does_not_take_the_place_of_a_file_that_is_sent(small: Path) -> None:
    body = small.parent / "body.bin"
    body.write_bytes(bytes(100_000))
    args = ("--body", f"@{body}", "--report-html", body, "--witness", "witness.jsonl")
    told = invoke("staircase", small, "--target", "127.0.0.1:1", *args)
    assert (told.code, told.out) == (2, "")
    assert f"{body} is read, and cannot be the output" in told.err
    assert body.stat().st_size == 100_000


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--step", "1"), "204,799 places are too many to cut at one by one, and 10,000 are the most"),
        (("--close", "rst,vanish"), "a staircase does not stop by vanish"),
        (("--close", ""), "'' is no way of leaving"),
    ],
    ids=["too many steps", "a way that nobody sees", "no way"],
)
def test_what_would_take_for_ever_is_refused_before_anything_is_played(
    args: tuple[str, ...], message: str, small: Path
) -> None:
    some = ("--target", NOBODY, "--witness", "witness.jsonl", "--grow", "body=204800", "--to", "1M")
    told = invoke("staircase", small, *some, *args)
    assert (told.code, told.out) == (2, "")
    assert message in told.err
