"""Record what CPython makes of the programs in fixtures/python/programs: PYTHONHASHSEED=0 python3.11 tests/record/programs.py

Each program sets `result`; its repr goes into a .txt beside it, which is what the evaluator must print too.
"""

import os
import pathlib
import runpy
import sys

if sys.version_info[:2] != (3, 11) or os.environ.get("PYTHONHASHSEED") != "0":
    sys.exit("the order of sets is that of CPython 3.11 under PYTHONHASHSEED=0")

for program in sorted((pathlib.Path(__file__).parents[2] / "fixtures/python/programs").glob("*.py")):
    result = runpy.run_path(str(program))["result"]
    program.with_suffix(".txt").write_text(repr(result) + "\n")
