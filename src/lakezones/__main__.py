"""``python -m lakezones`` is the command ``lakezones``."""

from lakezones.cli import main

if __name__ == "__main__":
    main()
