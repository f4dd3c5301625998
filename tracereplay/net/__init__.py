"""The only room with sockets and time: drives players over connections, and leaves in every way."""
