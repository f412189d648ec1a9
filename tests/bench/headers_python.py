"""Names, dtypes and shapes of every tensor by Python's safetensors: headers_python.py FOLDER [RUNS], as headers_bench made it.

With one run the whole process is what `ckptlint list FOLDER` does.
"""

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


clock = processor = float("inf")
for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 5):
    begin, processor_begin = time.perf_counter(), time.process_time()
    count = list_all(Path(sys.argv[1]))
    clock = min(clock, time.perf_counter() - begin)
    processor = min(processor, time.process_time() - processor_begin)
print(f"safetensors: {count} tensors: {clock * 1000:.0f} ms, {processor * 1000:.0f} ms of processor time")
