"""Traces and outcomes to something to look at or to hand on: text for people, JSON for programs."""
