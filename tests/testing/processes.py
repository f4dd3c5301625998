"""What is left of processes, told by /proc."""

from pathlib import Path

from tracereplay.testing.waiting import wait_until


def living(group: int) -> list[int]:
    """Return the processes of a process group that have not ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _parent, of_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of_group) == group and state not in "ZX":
            found.append(int(folder.name))
    return found


def children(pid: int) -> list[int]:
    """Return the processes that ``pid`` has started and not reaped."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def descriptors() -> list[str]:
    """Return the files that we have open."""
    return sorted(str(file) for file in Path("/proc/self/fd").iterdir())


def leaves_nothing_open(before: list[str]) -> bool:
    """Return whether no more files are open than there were, waiting for what other threads close."""
    return wait_until(lambda: len(descriptors()) <= len(before), within="5s")


def is_gone(group: int) -> bool:
    """Return whether nothing of a process group is left, waiting for what is being killed."""
    return wait_until(lambda: living(group), equals=[], within="5s") == []
