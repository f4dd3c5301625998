"""The edits of what is sent, as methods of a plan: each ends in a ``Revision`` of what the main connection sends."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

from tracereplay.plan import fields, form, patch
from tracereplay.plan.connection import ConnectionPlan
from tracereplay.plan.content import FileContent
from tracereplay.plan.find import find
from tracereplay.plan.growth import grown, read_growth
from tracereplay.plan.message import Message, Revision
from tracereplay.plan.place import read_place
from tracereplay.plan.splice import Splice
from tracereplay.units import size_bytes

Revise = Callable[[ConnectionPlan], Revision]


class Editable(ABC):
    """A plan that has not been cut yet: each method returns another plan.

    An edit is meant for the request with the largest body on the main connection, unless ``about()`` names another.
    It comes before cuts, pauses and rates, which count what is then sent. Content-Length, the sizes of chunks and the
    framing of a form follow, unless ``keeping_length()`` came before. All raise PlanError when an edit cannot be done.
    """

    __slots__ = ()

    @abstractmethod
    def _revised(self, name: str, revise: Revise) -> Self: ...

    @abstractmethod
    def _keeping_length(self) -> Self: ...

    def keeping_length(self) -> Self:
        """Return the plan whose edits leave Content-Length and the sizes of chunks as they are: wrong, on purpose."""
        return self._keeping_length()

    def with_header(self, name: str, *values: str) -> Self:
        """Return the plan with a header in the place of all of that name, or at the end of the head.

        Each of several ``values`` is a line of its own.
        """
        return self._of_head("with_header()", lambda message: fields.header_set(message, name, values))

    def without_header(self, name: str) -> Self:
        """Return the plan without the headers of that name."""
        return self._of_head("without_header()", lambda message: fields.header_removed(message, name))

    def with_method(self, method: str) -> Self:
        """Return the plan whose request has another method, such as ``PUT``; the body stays."""
        return self._of_head("with_method()", lambda message: fields.method_set(message, method))

    def with_path(self, path: str) -> Self:
        """Return the plan whose request asks for another path, with its query: ``/x?y``."""
        return self._of_head("with_path()", lambda message: fields.path_set(message, path))

    def announcing(self, size: str) -> Self:
        """Return the plan whose Content-Length says ``size``, such as ``5GiB``; what is sent stays."""
        length = size_bytes(size)
        return self._of_head("announcing()", lambda message: fields.length_announced(message, length))

    def with_body(self, path: str | Path) -> Self:
        """Return the plan that sends the file at ``path`` as the body.

        A Content-Length that was there follows, a chunked body is sent in chunks of the file. It is read while it is
        sent, whatever its size. A form becomes the file as it is: its head still speaks of parts.
        """
        content = FileContent.of(path)
        return self._of_message("with_body()", lambda message: message.with_body(content))

    def with_file(self, name: str, path: str | Path) -> Self:
        """Return the plan that sends the file at ``path`` in the first part ``name`` of a form.

        The head of the part stays, with the name of the file that was recorded.
        """
        content = FileContent.of(path, "--set-file")
        return self._of_message("with_file()", lambda message: form.part_set(message, name, content))

    def with_field(self, name: str, value: str) -> Self:
        """Return the plan in which the first field ``name`` of a form, multipart or urlencoded, has this value."""
        data = value.encode("utf-8", "surrogateescape")
        return self._of_message("with_field()", lambda message: form.field_set(message, name, data))

    def with_boundary(self, boundary: str) -> Self:
        """Return the plan whose form has another boundary, in its head and in every delimiter."""
        return self._of_message("with_boundary()", lambda message: form.boundary_set(message, boundary))

    def grown(self, spec: str, fill: str | None = None) -> Self:
        """Return the plan whose body, or file, has so many bytes: ``file=5GiB``, ``body=5GiB``, ``part:data=5GiB``.

        What is added comes behind what was recorded, of a form at the end of its (largest) file: the recorded content
        again and again, or what ``fill`` says: ``zeros``, ``random:SEED``, ``@FILE``. It is made while it is sent.
        """
        growth = read_growth(spec)
        return self._of_message("grown()", lambda message: grown(message, growth, fill))

    def replaced(self, spec: str) -> Self:
        r"""Return the plan with a text over the bytes at a place, ``body:0=hello``: nothing is moved.

        The text may have ``\\r``, ``\\n``, ``\\t``, ``\\0``, ``\\\\`` and ``\\xff`` in it.
        """
        place, data = patch.read_patch(spec)

        def revise(one: ConnectionPlan) -> Revision:
            at = find(read_place(place), one)
            return patch.over(one.conversation, one.events(), at, data, spec)

        return self._revised("replaced()", revise)

    def without_event(self, number: int) -> Self:
        """Return the plan that does not send an event, counted from 1 among those that are sent on the connection.

        One of a body takes its content with it, and one that is a whole request the request.
        """

        def revise(one: ConnectionPlan) -> Revision:
            return patch.left_out(one.conversation, one.events(), number, one.message)

        return self._revised("without_event()", revise)

    def _of_head(self, name: str, edit: Callable[[Message], Iterable[Splice]]) -> Self:
        return self._of_message(name, lambda message: message.revised(head=edit(message)))

    def _of_message(self, name: str, edit: Callable[[Message], Revision]) -> Self:
        return self._revised(name, lambda one: edit(one.message()))
