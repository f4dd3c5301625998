"""An upload of 300,000 bytes, and what a server answers."""

import random

BODY = random.Random(1).randbytes(300_000)
HEAD = b"POST /f HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(BODY)
WHOLE = HEAD + BODY
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
