"""What a test needs around a play: a server that runs, and a look at what the play has left behind.

The plugin of pytest is in here too, and is imported in every run of pytest: nothing is imported before it is used.
"""
