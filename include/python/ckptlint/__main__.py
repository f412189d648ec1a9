"""`python -m ckptlint`, and `hf ckptlint`: the program, with the same arguments."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import NoReturn

from ckptlint.program import CkptlintError, find_program


def main() -> NoReturn:
    """Replaces this process by the program; returns its exit status where processes cannot be replaced."""
    try:
        program = find_program()
    except CkptlintError as error:
        print(f"ckptlint: {error}", file=sys.stderr)
        sys.exit(2)
    arguments = [program, *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.run(arguments, check=False).returncode)
    os.execv(program, arguments)


if __name__ == "__main__":
    main()
