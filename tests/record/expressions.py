"""Fill fixtures/python/expressions.txt with what CPython 3.11 answers: python3.11 tests/record/expressions.py

Everything behind " => " is replaced.  Lines that are empty or begin with "#" stay.
"""

import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "python"


def answer(expression, namespace):
    try:
        return repr(eval(expression, namespace))
    except Exception as error:
        text = str(error)
        return f"raises {type(error).__name__}: {text}" if text else f"raises {type(error).__name__}"


def main():
    if sys.version_info[:2] != (3, 11):
        sys.exit("the table is that of CPython 3.11")
    prelude = (FOLDER / "expressions_prelude.py").read_text()
    table = FOLDER / "expressions.txt"
    lines = []
    for line in table.read_text().splitlines():
        if not line or line.startswith("#"):
            lines.append(line)
            continue
        namespace = {"__name__": "cases"}
        exec(prelude, namespace)
        expression = line.split(" => ")[0].rstrip()
        lines.append(f"{expression} => {answer(expression, namespace)}")
    table.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
