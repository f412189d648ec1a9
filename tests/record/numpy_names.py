"""Write analyzer/library/packages/numpy_names.py from the numpy 2.4.6 of the environment: python tests/record/numpy_names.py"""

import pathlib
import sys
import textwrap

import numpy

TARGET = pathlib.Path(__file__).resolve().parents[2] / "analyzer" / "library" / "packages" / "numpy_names.py"


def main():
    if numpy.__version__ != "2.4.6":
        sys.exit(f"the names are those of numpy 2.4.6, not {numpy.__version__}")
    names = sorted(name for name in dir(numpy) if not name.startswith("__"))
    lines = textwrap.wrap(" ".join(names), 118)
    text = '"""The names that numpy 2.4.6 has.  Written by tests/record/numpy_names.py."""\n\nNAMES = """\n' + "\n".join(lines) + '\n"""\n'
    TARGET.write_text(text)


if __name__ == "__main__":
    main()
