"""The application under test, as a backend engineer would write it; it knows nothing of its tests.

Started as ``tests.servers.app.uploads:app``; the environment variable ``UPLOADS_DATABASE`` says where the database is.
"""
