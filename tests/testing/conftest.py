"""Fixtures of the tests of the plugin."""

from tests.testing.suite import suite

__all__ = ["suite"]
