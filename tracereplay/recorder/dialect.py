"""What the user's own curl understands: its version, and its options as it lists them itself.

curl's options and the way it reads them differ between releases, so nothing here is a list of options
by version: ``curl --help all`` says which there are and which of them take a value. To 7.72 curl has no
categories of help and lists everything when it sees ``--help``.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from tracereplay.errors import PlanError

Version = tuple[int, int, int]

_EXACT_NAMES: Version = (8, 6, 0)  # before, any prefix that fits one option was its name, in any case
_JOINED_VALUES: Version = (8, 16, 0)  # --output=FILE, curl pull request 17789

_VERSION = re.compile(r"curl (\d+)\.(\d+)\.(\d+)")
_OPTION = re.compile(r"^ *(?:-(?P<letter>\S)(?:, |/))?--(?P<name>[\w.-]+)(?P<gap> *)(?P<next>\S?)", re.MULTILINE)

# Aliases that curl knows and does not list; curl src/tool_getparam.c, aliases[]. True: takes a value.
_UNLISTED = {
    "eprt": False,
    "epsv": False,
    "ftp-ssl": False,
    "ftp-ssl-reqd": False,
    "krb4": True,
    "test-event": False,
}

# Their value is not shown in the help of 7.54 to 7.74 at least.
_VALUE_NOT_SHOWN = frozenset({"parallel-max", "quote", "request-target", "stderr", "tlspassword"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """The language of one curl.

    ``takes_value`` tells of every long name, without ``no-``, whether a value follows; ``letters`` are the
    short names of some.
    """

    version: Version
    takes_value: Mapping[str, bool]
    letters: Mapping[str, str]

    def knows(self, name: str) -> bool:
        """Return whether there is a long option of this very name."""
        return name in self.takes_value

    def read_long(self, word: str) -> tuple[str | None, bool]:
        """Return the long name that ``word`` means to this curl, and whether the next word is its value.

        The name is None where curl knows none, or several that ``word`` could mean.
        """
        name = word.removeprefix("--")
        if name.startswith("no-"):
            return name, False
        if self.knows("variable"):
            name = name.removeprefix("expand-")
        equals = ""
        if self.version >= _JOINED_VALUES:
            name, equals, _ = name.partition("=")
        known = self._find(name)
        return known, known is not None and not equals and self.takes_value[known]

    def read_short(self, word: str) -> tuple[tuple[str, ...], bool]:
        """Return the long names of the letters in ``word``, and whether the next word is a value.

        The first letter that takes a value is the last one: what is joined to it (``-ofile``) is its value.
        The name of an unknown letter is empty.
        """
        names: list[str] = []
        for at, letter in enumerate(word[1:], start=2):
            names.append(self.letters.get(letter, ""))
            if self.takes_value.get(names[-1]):
                return tuple(names), at == len(word)
        return tuple(names), False

    def _find(self, name: str) -> str | None:
        if self.version >= _EXACT_NAMES:
            return name if self.knows(name) else None
        name = name.lower()
        if self.knows(name):
            return name
        fitting = [known for known in self.takes_value if known.startswith(name)]
        return fitting[0] if len(fitting) == 1 else None


def read_dialect(version_text: str, help_text: str) -> Dialect:
    """Return what a curl understands that answers ``--version`` and ``--help all`` so.

    A value is shown in angles or brackets (``--data <data>``); from 7.20 to 7.53 in capitals, one blank
    after the name (``--data DATA``).
    """
    found = _VERSION.search(version_text)
    version = (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)
    has_angles = re.search(r"--[\w.-]+ <", help_text) is not None
    takes_value = dict(_UNLISTED)
    letters = {}
    for option in _OPTION.finditer(help_text):
        name = option["name"].removeprefix("no-")
        shows_value = option["next"] in ("<", "[") if has_angles else option["gap"] == " "
        takes_value[name] = shows_value or name in _VALUE_NOT_SHOWN
        if option["letter"]:
            letters[option["letter"]] = name
    return Dialect(version, takes_value, letters)


def ask(executable: str) -> Dialect:
    """Return what the curl at ``executable`` understands, asked of itself.

    Raises PlanError when it does not run, or does not answer as a curl that can write traces.
    """
    dialect = read_dialect(_answer(executable, "--version"), _answer(executable, "--help", "all"))
    if not dialect.knows("trace"):
        raise PlanError(
            f"{executable} does not list --trace among its options, as every curl does",
            hint="give the path of the real curl: tracereplay record -o upload.txt -- /usr/bin/curl ...",
        )
    return dialect


def _answer(executable: str, *question: str) -> str:
    # -q: without the user's ~/.curlrc. COLUMNS: newer curls wrap their help to the terminal.
    command = [executable, "-q", *question]
    environment = {**os.environ, "COLUMNS": "1000"}
    try:
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False)
    except OSError as fault:
        raise PlanError(f"{executable} cannot be run: {fault.strerror}") from fault
    return answer.stdout.decode("utf-8", "replace")
