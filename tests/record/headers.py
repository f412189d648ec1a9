"""Record what safetensors says of odd headers: python tests/record/headers.py > fixtures/upstream/safetensors-0.8.0/headers.tsv

Needs safetensors 0.8.0 in the environment, nothing else.  A row is the verdict, how many bytes of data follow the header, and the
header with "\\xNN" for bytes that are not printable ASCII.  The verdict is "loads" with the tensors sorted by name (name, dtype,
shape, bytes), or "refuses" with the library's words up to the first that quotes the case.  The hand-written headers come first,
then `CHANGED` variants of them, the shortest of `TRIED` for each kind of answer in turn.
"""

import json
import random
import re
import struct
import sys

import safetensors

CHANGED = 360
TRIED = 60_000

T = '{"dtype":"U8","shape":[4],"data_offsets":[0,4]}'

BY_HAND = [
    ("{}", 0),
    (" \n{}\r\t ", 0),
    ("{}\0", 0),
    ("{} {}", 0),
    ("[]", 0),
    ("null", 0),
    ("\ufeff{}", 0),
    ('{"a":%s}' % T, 4),
    ('{"a":%s}' % T, 3),
    ('{"a":%s}' % T, 5),
    ('{"a":%s,}' % T, 4),
    ('{"a":%s,"a":%s}' % (T, T), 4),
    ('{"":%s}' % T, 4),
    ('{"a\\u0000":%s}' % T, 4),
    ('{"\\ud83d\\ude00":%s}' % T, 4),
    ('{"\U0001f600\u00e9":%s}' % T, 4),
    ('{"a\\ud800":%s}' % T, 4),
    ('{"a\\udc00\\ud800":%s}' % T, 4),
    ('{"a\x1f":%s}' % T, 4),
    ('{"a\x7f":%s}' % T, 4),
    ('{"a\\x":%s}' % T, 4),
    ('{"a":["U8",[4],[0,4]]}', 4),
    ('{"a":["U8",[4]]}', 4),
    ('{"a":["U8",[4],[0,4],[]]}', 4),
    ('{"a":[[4],"U8",[0,4]]}', 4),
    ('{"a":[]}', 0),
    ('{"a":{}}', 0),
    ('{"a":null}', 0),
    ('{"a":7}', 0),
    ('{"a":"U8"}', 0),
    ('{"a":{"dtype":{"U8":null},"shape":[4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":{"U8":1},"shape":[4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":{"U8":null,"I8":null},"shape":[4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":{},"shape":[4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":["U8"],"shape":[4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":null,"shape":[4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":8,"shape":[4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"u8","shape":[4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"C128","shape":[],"data_offsets":[0,16]}}', 16),
    ('{"a":{"dtype":"U8","shape":{},"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"U8","shape":null,"data_offsets":[0,1]}}', 1),
    ('{"a":{"dtype":"U8","shape":[4.0],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"U8","shape":[4e0],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}', 0),
    ('{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"U8","shape":[04],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"U8","shape":["4"],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"U8","shape":[4611686018427387904,4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"U8","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}', 0),
    ('{"a":{"dtype":"U8","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}', 0),
    ('{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4,4]}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":{"0":0,"1":4}}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,18446744073709551615]}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}', 8),
    ('{"a":{"dtype":"U8","shape":[4]}}', 4),
    ('{"a":{"dtype":"U8","data_offsets":[0,4]}}', 4),
    ('{"a":{"shape":[4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dt\\u0079pe":"U8","shape":[4],"data_offsets":[0,4]}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":[{"x":null},true,-1.5e3,"\\n"]}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":1e400}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":-1e400}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":1e-400}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":0e99999999999}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":1.7976931348623157e308}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":1.7976931348623159e308}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":%s}}' % ("9" * 308), 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":%s}}' % ("9" * 310), 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":NaN}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":1.}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":.1}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":+1}}', 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":%s}}' % ("[" * 125 + "]" * 125), 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":%s}}' % ("[" * 126 + "]" * 126), 4),
    ('{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":%s}}' % ('{"":' * 125 + "0" + "}" * 125), 4),
    ('{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}', 2),
    ('{"a":{"dtype":"F4","shape":[2,2],"data_offsets":[0,2]}}', 2),
    ('{"a":{"dtype":"F6_E3M2","shape":[4],"data_offsets":[0,3]}}', 3),
    ('{"a":{"dtype":"F6_E2M3","shape":[2],"data_offsets":[0,2]}}', 2),
    ('{"z":{"dtype":"F32","shape":[0],"data_offsets":[1,1]},"a":{"dtype":"I8","shape":[],"data_offsets":[0,1]}}', 1),
    ('{"z":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"z":{"dtype":"F32","shape":[0],"data_offsets":[2,2]},"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}', 1),
    ('{"z":{"dtype":"U8","shape":[2],"data_offsets":[2,4]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', 4),
    ('{"z":{"dtype":"U8","shape":[2],"data_offsets":[2,4]},"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}', 4),
    ('{"z":{"dtype":"U8","shape":[2],"data_offsets":[2,4]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 4),
    ('{"__metadata__":{}}', 0),
    ('{"__metadata__":null}', 0),
    ('{"__metadata__":[]}', 0),
    ('{"__metadata__":"pt"}', 0),
    ('{"__metadata__":{"x":null}}', 0),
    ('{"__metadata__":{"x":7}}', 0),
    ('{"__metadata__":{"x":"1","x":"2"}}', 0),
    ('{"__metadata__":null,"__metadata__":{}}', 0),
    ('{"__metadata__":{"format":"pt"},"a":%s}' % T, 4),
    ('{"\\u005f_metadata__":{"a":"b"}}', 0),
    ('{"__metadata__":%s}' % T, 4),
]
BY_HAND += [
    ('{"a":{"dtype":"%s","shape":[8],"data_offsets":[0,%d]}}' % (dtype, bits), bits)
    for dtype, bits in [
        ("BOOL", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("U8", 8), ("I8", 8), ("F8_E5M2", 8), ("F8_E4M3", 8),
        ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8), ("I16", 16), ("U16", 16), ("F16", 16), ("BF16", 16),
        ("I32", 32), ("U32", 32), ("F32", 32), ("C64", 64), ("F64", 64), ("I64", 64), ("U64", 64), ("I4", 4), ("U4", 4),
        ("C32", 32), ("F8_E4M3FN", 8),
    ]
]  # fmt: skip

TOKENS = ['"', "\\", "{", "}", "[", "]", ",", ":", " ", "0", "1", "-", ".", "e9", "null", "true", '"a"', "[0,4]", "{}", "\\u00e9",
          '"dtype"', '"shape"', '"U8"', '"__metadata__"', "\xff", "\xc3", "\x00"]  # fmt: skip


def changed(header, random):
    for _ in range(random.randint(1, 2)):
        at = random.randrange(len(header) + 1)
        other = random.randrange(len(header) + 1)
        low, high = min(at, other), max(at, other)
        kind = random.randrange(5)
        if kind == 0:
            header = header[:at] + random.choice(TOKENS).encode("latin-1") + header[at:]
        elif kind == 1:
            header = header[:at] + header[at + random.randint(1, 3):]
        elif kind == 2:
            header = header[:at] + random.choice(TOKENS).encode("latin-1") + header[at + 1:]
        elif kind == 3:
            header = header[:low] + header[low:high] + header[low:]
        else:
            header = header[:low] + header[high:]
    return header


def verdict(header, data):
    try:
        tensors = safetensors.deserialize(struct.pack("<Q", len(header)) + header + bytes(data))
    except safetensors.SafetensorError as error:
        words = str(error).removeprefix("Error while deserializing: ")
        return "refuses: " + re.split(r''' at line |[`",]| \d| of \d''', words)[0].strip()
    rows = sorted((name, tensor["dtype"], tensor["shape"], len(tensor["data"])) for name, tensor in tensors)
    return "loads: " + json.dumps(rows, separators=(",", ":"))


def kind_of(answer):
    return answer if answer.startswith("refuses") else "loads " + str(answer.count("["))


def escaped(header):
    return "".join(chr(b) if 0x20 <= b < 0x7F and b != 0x5C else f"\\x{b:02x}" for b in header)


def main():
    if safetensors.__version__ != "0.8.0":
        sys.exit(f"the verdicts are those of safetensors 0.8.0, not {safetensors.__version__}")
    cases = [(header.encode(), data) for header, data in BY_HAND]
    cases += [(b'{"a\xff":%s}' % T.encode(), 4), (b'{"a\xed\xa0\x80":%s}' % T.encode(), 4)]
    rows = [(verdict(header, data), data, header) for header, data in cases]
    source = random.Random(1)
    kinds = {}
    for _ in range(TRIED):
        header, data = source.choice(cases)
        header = changed(header, source)
        answer = verdict(header, data)
        kinds.setdefault(kind_of(answer), {})[len(header), header] = (answer, data, header)
    queues = [[rows_of[key] for key in sorted(rows_of)] for _, rows_of in sorted(kinds.items())]
    picked = 0
    for place in range(TRIED):
        for queue in queues:
            if place < len(queue) and picked < CHANGED:
                rows.append(queue[place])
                picked += 1
    for answer, data, header in rows:
        print(answer, data, escaped(header), sep="\t")


main()
