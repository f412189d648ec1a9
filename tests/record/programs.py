"""Record what CPython makes of the programs in fixtures/python/programs: python3 tests/record/programs.py

Each program sets `result`; its repr goes into a .txt beside it, which is what the evaluator must print too.
"""

import pathlib
import runpy

for program in sorted((pathlib.Path(__file__).parents[2] / "fixtures/python/programs").glob("*.py")):
    result = runpy.run_path(str(program))["result"]
    program.with_suffix(".txt").write_text(repr(result) + "\n")
