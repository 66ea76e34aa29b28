"""Everything a contributor runs, by one name: `python3 dev.py run | test | check | ...`. Standard library only.

Kept in the oldest Python syntax, so that a Python which is too old says so in one line instead of a syntax error.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - other Pythons do get here
    sys.exit("pair_ls needs Python 3.11 or newer, and this is Python " + sys.version.split()[0] + ".")

from development.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
