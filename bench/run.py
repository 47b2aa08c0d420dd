"""Start the benchmarks from the command line; `main` has them."""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    # The folder above, so that these modules are bench.* here as they are in tests.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    sys.exit(import_module("bench.main").main(sys.argv[1:]))
