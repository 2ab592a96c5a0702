"""The window, or the command line where there are arguments."""

import sys

from app.main import main

if __name__ == "__main__":  # the engine's process imports this file again
    sys.exit(main())
