"""The user's case for real: an upload API in Flask under gunicorn, and clients that leave in the middle."""
