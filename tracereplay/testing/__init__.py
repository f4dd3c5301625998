"""What a test needs around a play: a server that runs, and a look at what the play has left behind."""

from tracereplay.testing import probes as probe

__all__ = ["probe"]
