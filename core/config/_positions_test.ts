import { assertEquals } from "@std/assert";
import { YamlPositions } from "./_positions.ts";
import { readYamlSource } from "./_yaml_source.ts";

function positionsOf(text: string): YamlPositions {
  return new YamlPositions(readYamlSource(text));
}

Deno.test("YamlPositions.at() finds keys, elements, and the deepest part of a path that is not there", () => {
  const positions = positionsOf(
    'a: 1\n"b c":\n  - x\n  - { d: y, 5: z }\nnull: { e: &e { f: 1 } }\nalias: *e\n',
  );
  const cases = [
    [[], 1, 1],
    [["a"], 1, 1],
    [["b c"], 2, 1],
    [["b c", 0], 3, 5],
    [["b c", 1, "d"], 4, 7],
    [["b c", 1, "5"], 4, 13],
    [["b c", 7], 2, 1],
    [["null", "e", "f"], 5, 17],
    [["alias", "f"], 5, 17],
    [["a", "x", "y"], 1, 1],
    [["nothing"], 1, 1],
  ] as const;
  for (const [path, line, column] of cases) assertEquals(positions.at(path), { line, column }, path.join());
});

Deno.test("YamlPositions.at() counts from 1 in an empty text", () => {
  assertEquals(positionsOf("").at(["a"]), { line: 1, column: 1 });
});

Deno.test("YamlPositions.at() sees through anchors, tags, aliases of aliases, quotes and block texts", () => {
  const positions = positionsOf(
    "a: &a !!map\n  b: |\n    x: 1\n    y: 2\n  'c d': !!str 5\nlist:\n- &l [p, q]\n- *l\nend: { a: , z: *a }\r\nlast: 1\n",
  );
  const cases = [
    [["a", "b"], 2, 3],
    [["a", "c d"], 5, 3],
    [["list", 0, 1], 7, 10],
    [["list", 1], 8, 3],
    [["list", 1, 1], 7, 10],
    [["end", "a"], 9, 8],
    [["end", "z", "b"], 2, 3],
    [["last"], 10, 1],
  ] as const;
  for (const [path, line, column] of cases) assertEquals(positions.at(path), { line, column }, path.join());
});
