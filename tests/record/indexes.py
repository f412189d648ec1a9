"""Record indexes of released models: python tests/record/indexes.py FOLDER, with *.index.json files of any names in it.

Packs each into fixtures/formats/indexes/, and writes what Python reads in them to expected.tsv there: how many tensors and files
an index names, its total size, and the SHA-256 of its lines "tensor, tab, file", sorted.  Needs nothing beyond Python.
"""

import gzip
import hashlib
import json
import sys
from pathlib import Path

OUT = Path(__file__).parents[2] / "fixtures" / "formats" / "indexes"


def main(folder: Path) -> None:
    rows = ["index\ttensors\tfiles\ttotal_size\tsha256"]
    for path in sorted(folder.glob("*.index.json")):
        text = path.read_bytes()
        (OUT / f"{path.name}.gz").write_bytes(gzip.compress(text, mtime=0))
        index = json.loads(text)
        listed = index["weight_map"]
        lines = "".join(f"{tensor}\t{file}\n" for tensor, file in sorted(listed.items()))
        digest = hashlib.sha256(lines.encode()).hexdigest()
        rows.append(f"{path.name}\t{len(listed)}\t{len(set(listed.values()))}\t{index['metadata']['total_size']}\t{digest}")
    (OUT / "expected.tsv").write_text("\n".join(rows) + "\n")


main(Path(sys.argv[1]))
