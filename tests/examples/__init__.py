"""The projects in examples/, run as a user runs them."""
