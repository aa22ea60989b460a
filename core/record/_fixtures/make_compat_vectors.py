"""Writes compat_vectors.json: what Python's json and hashlib make of JSON texts. Run with any Python from 3.8 on."""

import hashlib
import json
import math
import random
import struct
from pathlib import Path


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def random_value(rng, depth):
    kind = rng.randrange(9 if depth > 0 else 7)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.randrange(-(10 ** rng.randrange(1, 30)), 10 ** rng.randrange(1, 30))
    if kind in (2, 3):
        while True:
            value = struct.unpack("<d", rng.randbytes(8))[0]
            if math.isfinite(value):
                return value
    if kind == 4:
        return round(rng.uniform(-1000, 1000), rng.randrange(0, 6))
    if kind in (5, 6):
        alphabet = "aZ09 \"\\/\b\t\n\f\r\x00\x1f\x7f\x80é\u0301\u2028\uffff\ue000𝒳😀"
        return "".join(rng.choice(alphabet) for _ in range(rng.randrange(0, 8)))
    if kind == 7:
        return [random_value(rng, depth - 1) for _ in range(rng.randrange(0, 4))]
    return {random_value_key(rng): random_value(rng, depth - 1) for _ in range(rng.randrange(0, 5))}


def random_value_key(rng):
    return "".join(rng.choice("abé😀\ue000\uffff𝒳_1") for _ in range(rng.randrange(0, 4)))


HAND_MADE = [
    "1", "1.0", "-0", "-0.0", "0.0", "1e5", "1E5", "1e16", "1e15", "123456789012345680.0", "1e-4", "1e-5", "0.0001", "0.00001",
    "1.5e300", "5e-324", "1.7976931348623157e308", "1e400", "-1e400", "9007199254740993", "123456789012345678901234567890",
    "100000000000000000000.0", "0.1", "2.50", "3.0e0", "333333333.33333329", "[1, 1.0, [1.50, {}], []]",
    '{"b": 1, "a": 1.0, "é": null, "\\ud83d\\ude00": 1, "\\uffff": 2, "\\ue000": 3}',
    '{"b": {"d": 1, "c": [true, false, null]}, "a": "x"}', '"\\u007f\\u0080\\u00e9\\u20ac\\ud83d\\ude00"', '"\\ud800"',
    '"a/b\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f"', '"e\\u0301"', '{"a": 1, "a": 2.0}', '{"\\ud83d": 1, "\\ud83d\\ude00": 2, "\\uffff": 3}',
]


def main():
    rng = random.Random(20240607)
    texts = HAND_MADE + [json.dumps(random_value(rng, 3), ensure_ascii=rng.random() < 0.5) for _ in range(250)]
    vectors = []
    for text in texts:
        found = canonical(json.loads(text))
        vectors.append({"text": text, "canonical": found, "sha256": hashlib.sha256(found.encode()).hexdigest()})
    rows = [
        {"fields": ["task_id", "canonical_input"], "separator": "|",
         "line": json.dumps({"task_id": "text2sql", "canonical_input": canonical({"question": "How many?", "n": 1.0})})},
        {"fields": ["n", "x", "note"], "separator": "|", "line": '{"n": 1, "x": 1.0, "note": null}'},
        {"fields": ["x", "n"], "separator": "\n", "line": '{"n": 1, "x": 1e16}'},
        {"fields": ["q"], "separator": "|", "line": json.dumps({"q": ["é", 2.50, {"b": 0.00001, "a": 10}]})},
    ]
    ids = []
    for row in rows:
        value = json.loads(row["line"])
        parts = [canonical(value.get(field)) for field in row["fields"]]
        named = [f"{field}={part}" for field, part in zip(row["fields"], parts)]
        digest = lambda items: hashlib.sha256(row["separator"].join(items).encode()).hexdigest()
        ids.append({**row, "id": digest(parts), "id_with_names": digest(named)})
    path = Path(__file__).with_name("compat_vectors.json")
    path.write_text(json.dumps({"canonical": vectors, "sample_ids": ids}, indent=1) + "\n")


main()
