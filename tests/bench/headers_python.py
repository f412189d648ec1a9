"""Names, dtypes and shapes of every tensor by Python's safetensors: headers_python.py FOLDER, as headers_bench made it."""

import sys
import time
from pathlib import Path

from safetensors import safe_open


def list_all(folder: Path) -> int:
    count = 0
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="np") as file:
            for name in file.keys():
                part = file.get_slice(name)
                part.get_dtype()
                part.get_shape()
                count += 1
    return count


best = float("inf")
for _ in range(5):
    begin = time.process_time()
    count = list_all(Path(sys.argv[1]))
    best = min(best, time.process_time() - begin)
print(f"safetensors: {count} tensors: {best * 1000:.0f} ms")
