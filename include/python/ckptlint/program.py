"""Where the program is, and how it is called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from typing import List, Optional, Sequence

_NAME = "ckptlint.exe" if os.name == "nt" else "ckptlint"


class CkptlintError(Exception):
    """The program refused its options or its input, or could not be run at all."""


def find_program() -> str:
    """The path of the program: that of this package's environment, else one on the PATH.

    Raises :class:`CkptlintError` where there is none.
    """
    folders: List[Optional[str]] = [sysconfig.get_path("scripts")]
    user_scheme = "osx_framework_user" if sys.platform == "darwin" and sys._framework else os.name + "_user"
    if user_scheme in sysconfig.get_scheme_names():
        folders.append(sysconfig.get_path("scripts", scheme=user_scheme))
    # Of `pip install --target` and `--prefix`: beside the package, or above it.
    package = os.path.dirname(os.path.abspath(__file__))
    folders.append(os.path.join(os.path.dirname(package), "bin"))
    folders.append(os.path.normpath(os.path.join(package, "..", "..", "..", "..", "bin")))
    for folder in folders:
        if folder is not None and os.access(os.path.join(folder, _NAME), os.X_OK):
            return os.path.join(folder, _NAME)
    found = shutil.which(_NAME)
    if found is None:
        raise CkptlintError("the program `ckptlint` is not installed beside its Python package, and not on the PATH")
    return found


def run(arguments: Sequence[str], timeout: Optional[float] = None) -> "subprocess.CompletedProcess[str]":
    """Runs the program and returns what it printed.  Raises :class:`CkptlintError` where it cannot be run in time."""
    try:
        return subprocess.run(
            [find_program(), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CkptlintError(f"not done after {timeout} seconds") from None
    except OSError as error:
        raise CkptlintError(f"the program cannot be run: {error}") from error
