"""What all tests share: nothing but the promise to be repeatable."""

from hypothesis import settings

settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci")
