"""`python -m pair_ls` is `pair-ls`: for editors that know an interpreter rather than a command."""

import sys

from pair_ls.cli import main

if __name__ == "__main__":
    sys.exit(main())
