"""What makes docs/servers.md: servers with an application on them, and what clients that leave do to each."""
