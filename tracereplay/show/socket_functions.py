"""The functions of a plain-socket script, as text: a script has those of them that it calls."""

import re

FUNCTIONS = {
    "sleep_until": """
def sleep_until(moment):
    time.sleep(max(0, moment - time.monotonic()))
""",
    "send": '''
def send(sock, data, origin, writes):
    """Send data in these writes: so many seconds after origin, of so many bytes, so often."""
    for seconds, size, times in writes:
        sleep_until(origin + seconds)
        for _ in range(times):
            sock.sendall(data.read(size))
''',
    "Chunked": '''
class Chunked:
    """A file as a chunked body, which is read like a file."""

    def __init__(self, file):
        self.file = file
        self.chunk = io.BytesIO()

    def read(self, size):
        data = self.chunk.read(size)
        while len(data) < size:
            piece = self.file.read(CHUNK_BYTES)  # none, at the end
            self.chunk = io.BytesIO(b"%x\\r\\n%b\\r\\n" % (len(piece), piece))
            data += self.chunk.read(size - len(data))
        return data
''',
    "may_go_on": '''
def may_go_on(sock, answers, method, patience):
    """Wait for 100 Continue, at most so many seconds; say no when the server answers otherwise."""
    if not select.select([sock], [], [], patience)[0]:
        return True  # curl does not wait any longer either
    status, headers = read_head(answers)
    if status < 200 and status != 101:
        return True
    read_body(answers, method, status, headers)
    return False
''',
    "read_answer": '''
def read_answer(answers, method):
    """Read and print the answer to a request; what comes before it, such as 100 Continue, too."""
    status = 100
    while status < 200 and status != 101:
        status, headers = read_head(answers)
    read_body(answers, method, status, headers)
''',
    "read_head": '''
def read_head(answers):
    """Read and print the head of an answer; return its status and its headers."""
    line = answers.readline()
    if not line:
        raise ConnectionError("closed, without an answer")
    show(line)
    _, status, *_ = line.split(maxsplit=2)
    headers = {}
    while (line := answers.readline()).strip():
        show(line)
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    print()
    return int(status), headers
''',
    "read_body": '''
def read_body(answers, method, status, headers):
    """Read and print the body of an answer."""
    if method == "HEAD" or status in (101, 204, 304):
        return
    if "chunked" in headers.get("transfer-encoding", "").lower():
        while size := int(answers.readline().partition(b";")[0], 16):
            show(answers.read(size))
            answers.readline()
        while answers.readline().strip():
            pass
    elif "content-length" in headers:
        show(answers.read(int(headers["content-length"])))
    else:
        show(answers.read())
''',
    "read_lines": '''
def read_lines(answers, count):
    """Read and print so many lines."""
    for _ in range(count):
        line = answers.readline()
        if not line:
            raise ConnectionError("closed")
        show(line)
''',
    "read_bytes": '''
def read_bytes(answers, count):
    """Read and print so many bytes."""
    data = answers.read(count)
    show(data)
    if len(data) < count:
        raise ConnectionError("closed")
''',
    "stay": '''
def stay(sock, answers, seconds):
    """Read and print what the server still says, until it closes or the time is over."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            data = answers.read1(65536)
        except TimeoutError:
            break
        if not data:
            print("(the server has closed)")
            break
        show(data)
''',
    "reset": '''
def reset(sock):
    """Let the next close be a reset; it throws away what is on its way, and what was not read."""
    wait_until_acknowledged(sock)
    time.sleep(SETTLE)
    read_what_is_there(sock)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
''',
    "close": '''
def close(sock):
    """Send a FIN, and leave nothing unread: then close() would send a reset."""
    wait_until_acknowledged(sock)
    sock.shutdown(socket.SHUT_WR)
    read_what_is_there(sock)
''',
    "wait_until_acknowledged": '''
def wait_until_acknowledged(sock):
    """Wait until the server's kernel has all that was sent: SIOCOUTQ is 0."""
    end = time.monotonic() + TIMEOUT
    while any(fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4))) and time.monotonic() < end:
        time.sleep(0.001)
''',
    "read_what_is_there": '''
def read_what_is_there(sock):
    """Print what has come and was not read, and do not wait for more."""
    sock.setblocking(False)
    with contextlib.suppress(OSError):
        while data := sock.recv(65536):
            show(data)
''',
    "secret": '''
def secret(variable):
    """Return what is in the environment: the trace of this script had its secrets taken out."""
    value = os.environb.get(variable.encode())
    if value is None:
        raise SystemExit(f"what was redacted is not known: export {variable}=...")
    if any(byte in value for byte in b"\\r\\n\\0"):
        raise SystemExit(f"{variable} has a line end in it, which ends a header")
    return value
''',
    "credentials": '''
def credentials(variable, scheme):
    """Return a secret that follows its scheme; user:password is packed for Basic."""
    value = secret(variable)
    if value.lower().startswith(scheme.lower() + b" "):
        value = value[len(scheme) :].lstrip()
    is_packed = scheme.lower() != b"basic" or b":" not in value
    return value if is_packed else base64.b64encode(value)
''',
    "escaped": '''
def escaped(variable, legal):
    """Return a secret for a URL."""
    return urllib.parse.quote_from_bytes(secret(variable), legal).encode()
''',
    "as_long": '''
def as_long(variable, size):
    """Return a secret for a body, whose length stays."""
    value = secret(variable)
    if len(value) != size:
        raise SystemExit(f"{variable} must have {size} bytes, as what was redacted")
    return value
''',
    "show": """
def show(data):
    print(data[:2000].decode("utf-8", "backslashreplace"), end="")
""",
}

MAIN = """
def main():
    with (
        socket.create_connection((HOST, PORT), timeout=TIMEOUT) as sock,
        sock.makefile("rb") as answers,
    ):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # do not join writes
        try:
            play(sock, answers)
        except (OSError, ValueError) as fault:  # closed, reset, silent, or no HTTP
            print(f"(ended by the server: {fault})")
            read_what_is_there(sock)


if __name__ == "__main__":
    main()
"""

MODULES = (
    "base64",
    "contextlib",
    "fcntl",
    "io",
    "os",
    "select",
    "socket",
    "struct",
    "termios",
    "time",
    "urllib.parse",
    "zlib",
)


def called(code: str) -> list[str]:
    """Return the functions that ``code`` calls, and those that they call, each after who calls it."""
    found: list[str] = []
    waiting = [name for name in FUNCTIONS if f" {name}(" in code]
    while waiting:
        name = waiting.pop(0)
        found = [one for one in found if one != name] + [name]
        waiting += [other for other in FUNCTIONS if other != name and f" {other}(" in FUNCTIONS[name]]
    return found


def imports(code: str) -> list[str]:
    """Return the lines that import what ``code`` uses."""
    lines = [f"import {module}" for module in MODULES if re.search(rf"\b{re.escape(module)}\.", code)]
    return [*lines, "from pathlib import Path"] if "Path(" in code else lines
