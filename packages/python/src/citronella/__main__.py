"""`python -m citronella` is the program `broker`, with the same arguments."""

from __future__ import annotations

import os
import subprocess
import sys

from ._errors import ProgramNotFound
from ._find import find_citronella_bin


def main() -> int:
    """Runs the program in the place of this one, where the system can do that."""
    try:
        program = find_citronella_bin()
    except ProgramNotFound as error:
        print(error, file=sys.stderr)
        return 1
    command = [program, *sys.argv[1:]]
    if sys.platform == "win32":
        try:
            return subprocess.run(command, check=False).returncode
        except KeyboardInterrupt:
            return 2
    os.execv(program, command)


if __name__ == "__main__":
    sys.exit(main())
