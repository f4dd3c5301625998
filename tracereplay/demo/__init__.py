"""The main job, shown with nothing but the install: a server, a recording, and every way to leave half-way."""
