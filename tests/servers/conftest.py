"""The servers, the files, and curl's recordings of uploading them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tracereplay.library import Trace

from .recording import BIG_LINES, SMALL_LINES, recorded, traced_by_hand, write_csv
from .scene import BODY_PLACES, HEAD_PLACES, Scene, play_scenes
from .server import PATIENT, THREADS, Server, serving


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traces")


@pytest.fixture(scope="session")
def big_file(folder: Path) -> Path:
    return write_csv(folder / "big.csv", BIG_LINES)


@pytest.fixture(scope="session")
def small_file(folder: Path) -> Path:
    return write_csv(folder / "small.csv", SMALL_LINES)


# Servers that wait for their clients: one for who takes the last row of its database for his own, one for who looks for
# the rows that are started; one that keeps alive. With gunicorn's --timeout 2, as the user's, a worker is killed on a
# busy machine: who wants that has a server of his own.


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("sync"), PATIENT) as running:
        yield running


@pytest.fixture(scope="session")
def patient_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("patient"), PATIENT) as running:
        yield running


@pytest.fixture(scope="session")
def threaded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("threads"), THREADS) as running:
        yield running


# Recordings.


@pytest.fixture(scope="session")
def form(folder: Path, patient_server: Server, big_file: Path) -> Trace:
    """The user's upload: a multipart form with a file of more than 1 MiB."""
    return recorded(folder / "form.txt", "-F", f"file=@{big_file}", patient_server.url("/files"))


@pytest.fixture(scope="session")
def small_form(folder: Path, patient_server: Server, small_file: Path) -> Trace:
    return recorded(folder / "small.txt", "-F", f"file=@{small_file}", patient_server.url("/files"))


@pytest.fixture(scope="session")
def naive_form(folder: Path, patient_server: Server, big_file: Path) -> Trace:
    return recorded(folder / "naive.txt", "-F", f"file=@{big_file}", patient_server.url("/naive/files"))


@pytest.fixture(scope="session")
def plain_put(folder: Path, patient_server: Server, big_file: Path) -> Trace:
    return recorded(folder / "put.txt", "-T", str(big_file), patient_server.url("/files/big.csv"))


@pytest.fixture(scope="session")
def chunked_put(folder: Path, patient_server: Server, big_file: Path) -> Trace:
    """From standard input, so that curl does not know the length; traced by hand, as users do."""
    url = patient_server.url("/files/big.csv")
    return traced_by_hand(folder / "chunked.txt", "-T", "-", url, stdin=big_file)


@pytest.fixture(scope="session")
def two_forms(folder: Path, threaded_server: Server, small_file: Path) -> Trace:
    """Two uploads, one after the other on the same connection."""
    upload = ("-F", f"file=@{small_file}", "--output", "/dev/null", threaded_server.url("/files"))
    return recorded(folder / "two.txt", *upload, "--next", "--silent", *upload)


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory, form: Trace) -> dict[tuple[str, str], Scene]:
    """Every way of leaving, at every place of the table in docs/flask-gunicorn.md."""
    return play_scenes(tmp_path_factory.mktemp("scenes"), form, (*HEAD_PLACES, *BODY_PLACES))
