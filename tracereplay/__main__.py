"""``python -m tracereplay``: the command line."""

from tracereplay.cli import main

if __name__ == "__main__":
    main()
