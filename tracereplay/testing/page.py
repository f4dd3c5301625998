"""Asks for a page, as a client beside the plays; without a proxy, for what is asked is near."""

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from http.client import HTTPResponse


def answer_to(address: str, most_seconds: float) -> "HTTPResponse":
    """Return the answer to a GET of ``address``, 4xx and 5xx too, which is to be closed; redirects are followed.

    Raises OSError when nobody answers, or not within ``most_seconds``; HTTPException for what is no answer, ValueError
    for what is no address.
    """
    import urllib.error  # noqa: PLC0415 - costs 30 ms
    import urllib.request  # noqa: PLC0415

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        answer: HTTPResponse = opener.open(address, timeout=most_seconds)
    except urllib.error.HTTPError as refusal:
        return cast("HTTPResponse", refusal)  # it is read and closed as any other
    return answer
