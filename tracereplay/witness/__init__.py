"""What an application reads of each request, and how that ends: a middleware that writes it down, line by line.

    app.wsgi_app = WSGI(app.wsgi_app)     # Flask
    application = WSGI(application)       # Django, and whatever else speaks WSGI
    app.add_middleware(ASGI)              # Starlette, FastAPI
    application = ASGI(application)       # whatever else speaks ASGI

The lines go to the file that is given, or named by TRACEREPLAY_WITNESS; without either nothing is done. A request has a
line when the application is called, one after each read, and one when it is done, each with all that is known by then:
so what was read is told even when a worker is killed. ``docs/witness.md`` says what the names mean.

Of two witnesses of one request that write to the same file only the outer one does. Only the standard library is used,
and nothing of what the application reads or answers is changed. Where a line cannot be written it goes on all the same.
"""

from tracereplay.witness.asgi import ASGI, ASGIApplication, Message, Receive, Scope, Send
from tracereplay.witness.log import VARIABLE, VERSION, End, State
from tracereplay.witness.wsgi import WSGI

__all__ = [
    "ASGI",
    "VARIABLE",
    "VERSION",
    "WSGI",
    "ASGIApplication",
    "End",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "State",
]
