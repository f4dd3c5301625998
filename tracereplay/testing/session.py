"""The run of pytest that is under way, for what is called with no request at hand; and what it was told of us."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import pytest

if TYPE_CHECKING:
    from pathlib import Path  # noqa: F401 - within the quotes

    from tracereplay.judge.norm import Norm  # noqa: F401 - within the quotes
    from tracereplay.options import Options  # noqa: F401 - within the quotes
    from tracereplay.testing.anew import Drafts  # noqa: F401 - within the quotes
    from tracereplay.testing.played import Played  # noqa: F401 - within the quotes

PLAYS = pytest.StashKey["list[Played]"]()  #: of a test: what it has played
DRAFTS = pytest.StashKey["Drafts"]()  #: of a run: the traces that are recorded anew, if that is wanted
NORMS = pytest.StashKey["dict[tuple[Path, Options], Norm | str]"]()  #: of a run: see ``verdicts``
ANEW = pytest.StashKey[list[str]]()  #: of a run: what is to be said of them

_KEYS = [f"tracereplay_{name}" for name in ("target", "max_cuts", "truncate", "close", "record", "dir")]

_running: list[pytest.Config] = []


def begin(config: pytest.Config) -> None:
    """Say that a run begins; one may be within another. Raises UsageError for settings that can't be."""
    if Settings.of(config).records:
        if _is_distributed(config):
            raise pytest.UsageError("--tracereplay-record replaces traces, which wants one process: add -n 0")
        from tracereplay.testing.anew import Drafts  # noqa: PLC0415

        config.stash[DRAFTS] = Drafts()
    _running.append(config)


def _is_distributed(config: pytest.Config) -> bool:
    """Return whether xdist runs the tests in other processes: by -n, or by --tx with -d or --dist."""
    option = config.option
    is_spread = getattr(option, "tx", None) and getattr(option, "dist", "no") != "no"
    return bool(hasattr(config, "workerinput") or getattr(option, "numprocesses", None) or is_spread)


def end(config: pytest.Config) -> None:
    """Say that it is over."""
    if DRAFTS in config.stash:
        config.stash[DRAFTS].discard()
    if config in _running:
        _running.remove(config)


def running() -> pytest.Config | None:
    """Return the configuration of the run, None without one."""
    return _running[-1] if _running else None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line and the ini file say. An option of the command line takes the place of what a mark says."""

    truncate_option: tuple[str, ...]
    truncate_ini: tuple[str, ...]
    close_option: tuple[str, ...]
    close_ini: tuple[str, ...]
    max_cuts: int | None
    target: str | None
    records: bool

    @classmethod
    def of(cls, config: pytest.Config) -> Self:
        """Return the settings of a run. Raises UsageError."""
        for key in _KEYS:
            _refuse_unreadable(config, key)
        max_cuts = config.getoption("tracereplay_max_cuts")
        max_cuts = config.getini("tracereplay_max_cuts") if max_cuts is None else max_cuts
        if max_cuts is not None and not (str(max_cuts).isdecimal() and int(max_cuts)):
            raise pytest.UsageError(f"tracereplay_max_cuts: {max_cuts!r} is no number of places")
        return cls(
            truncate_option=tuple(config.getoption("tracereplay_truncate") or ()),
            truncate_ini=tuple(config.getini("tracereplay_truncate")),
            close_option=tuple(config.getoption("tracereplay_close") or ()),
            close_ini=tuple(config.getini("tracereplay_close")),
            max_cuts=None if max_cuts is None else int(max_cuts),
            target=config.getoption("tracereplay_target") or config.getini("tracereplay_target") or None,
            records=bool(config.getoption("tracereplay_record") or _is_true(config.getini("tracereplay_record"))),
        )


def _refuse_unreadable(config: pytest.Config, key: str) -> None:
    """Raise UsageError, which names the key, when pytest cannot read its value in the ini file."""
    try:
        config.getini(key)
    except (pytest.UsageError, TypeError, ValueError) as error:
        told = str(error)
        raise pytest.UsageError(told if key in told else f"{key}: {told}") from None


def _is_true(text: object) -> bool:
    return text is True or str(text).lower() in ("1", "true", "yes", "on")
