"""Objects of JSON that an earlier run wrote: what is wrong with one, in words for people."""

import json


def object_in(text: str) -> dict[str, object]:
    """Return the object that ``text`` is. Raises ValueError, TypeError."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as fault:
        line = f"line {fault.lineno}, " if "\n" in text.rstrip("\n") else ""
        raise ValueError(f"it is no JSON, at {line}column {fault.colno}") from None
    except ValueError:
        raise ValueError("a number in it has too many digits") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return as_object(value, "it")


def as_object(value: object, what: str) -> dict[str, object]:
    """Return the value, which is an object. Raises TypeError when it is none, and says ``what`` that is."""
    if not isinstance(value, dict):
        raise TypeError(f"{what} is no object")
    return value


def as_list(value: object, what: str) -> list[object]:
    """Return the value, which is a list. Raises TypeError when it is none, and says ``what`` that is."""
    if not isinstance(value, list):
        raise TypeError(f"{what} is no list")
    return value


def flaw(fault: Exception) -> str:
    """Return what is wrong, in words."""
    return f"there is no {fault}" if isinstance(fault, KeyError) else str(fault)
