"""Plays plans without a socket or a clock, and says what happened."""
