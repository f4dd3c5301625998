"""Runs the user's curl, unchanged in behaviour, and keeps a lossless, timed trace of it."""

from tracereplay.recorder.recording import Recording, record

__all__ = ["Recording", "record"]
