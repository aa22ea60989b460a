import fc from "fast-check";

/** Pieces that are likely to hurt: keys of prototypes, odd scalars, YAML's own machinery, placeholders, long runs. */
const PIECES: readonly string[] = [
  "__proto__: { polluted: true }",
  "constructor: { prototype: { polluted: true } }",
  '"__proto__": { "polluted": true }',
  "<<: *a",
  "&a [*a, *a]",
  "*missing",
  "!!js/function 'function () {}'",
  "!!binary aGVsbG8=",
  "!!set { a, b }",
  "!!timestamp 2026-01-01",
  "2026-01-01",
  ".nan",
  "-.inf",
  "0o777",
  "1e999",
  "9007199254740993",
  "~",
  "? [complex, key]\n: value",
  "${env:NOT_SET_AT_ALL}",
  "${env:",
  "${var:a.b.c}",
  "${file:/dev/null}",
  "${file:/dev/zero}",
  "$include: pipeline.yaml",
  "extends: pipeline.yaml",
  "$append: [1]",
  "{{ unclosed",
  "{% for x in y %}",
  "---",
  "...",
  "\t- tab",
  "\u0000",
  "\uFEFF",
  "\u2028",
  "'",
  '"',
  "|",
  ">-",
  "#",
  "[[[[[[[[",
  "{{{{{{{{",
  "a: a: a",
  "x".repeat(5_000),
  "- ".repeat(200),
];

/** One change of a text. */
type Mutation = (text: string, corpus: readonly string[]) => string;

const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Changes of a text, at random. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(position, position).map(([from, length]) => cut(from, length / 4)),
  fc.tuple(position, fc.constantFrom(...PIECES)).map(([at, piece]) => insert(at, piece)),
  fc.tuple(position, fc.constantFrom(...PIECES)).map(([at, piece]) => insertLine(at, piece)),
  fc.tuple(position, fc.string({ unit: "binary", maxLength: 8 })).map(([at, piece]) => insert(at, piece)),
  fc.tuple(position, position).map(([one, other]) => swapLines(one, other)),
  fc.tuple(position, fc.integer({ min: -4, max: 4 })).map(([at, by]) => indent(at, by)),
  position.map(repeatLine),
  fc.tuple(position, fc.oneof(fc.json(), fc.constantFrom(...PIECES))).map(([at, value]) =>
    replaceValue(at, value)
  ),
  fc.tuple(position, fc.string({ maxLength: 12 })).map(([at, key]) => replaceKey(at, key)),
  fc.tuple(position, position, position).map(([at, which, from]) => splice(at, which, from)),
);

function cut(from: number, length: number): Mutation {
  return (text) => {
    const start = Math.floor(from * text.length);
    return text.slice(0, start) + text.slice(start + Math.ceil(length * text.length * 0.2));
  };
}

function insert(at: number, piece: string): Mutation {
  return (text) => {
    const start = Math.floor(at * text.length);
    return text.slice(0, start) + piece + text.slice(start);
  };
}

/** Applies a change to the lines of a text; `at` names one of them. */
function onLines(at: number, change: (lines: string[], index: number) => void): Mutation {
  return (text) => {
    const lines = text.split("\n");
    change(lines, Math.min(lines.length - 1, Math.floor(at * lines.length)));
    return lines.join("\n");
  };
}

function insertLine(at: number, piece: string): Mutation {
  return onLines(at, (lines, index) => {
    const indentation = /^ */.exec(lines[index]!)![0];
    lines.splice(index, 0, indentation + piece);
  });
}

function swapLines(one: number, other: number): Mutation {
  return onLines(one, (lines, index) => {
    const second = Math.min(lines.length - 1, Math.floor(other * lines.length));
    [lines[index], lines[second]] = [lines[second]!, lines[index]!];
  });
}

function indent(at: number, by: number): Mutation {
  return onLines(at, (lines, index) => {
    lines[index] = by > 0
      ? " ".repeat(by) + lines[index]
      : lines[index]!.replace(new RegExp(`^ {0,${-by}}`), "");
  });
}

function repeatLine(at: number): Mutation {
  return onLines(at, (lines, index) => lines.splice(index, 0, lines[index]!));
}

function replaceValue(at: number, value: string): Mutation {
  return onLines(at, (lines, index) => lines[index] = lines[index]!.replace(/:.*$/, () => `: ${value}`));
}

function replaceKey(at: number, key: string): Mutation {
  return onLines(at, (lines, index) => lines[index] = lines[index]!.replace(/[\w$]+(?=:)/, () => key));
}

/** Puts a line of another text of the corpus in. */
function splice(at: number, which: number, from: number): Mutation {
  return (text, corpus) => {
    const other = corpus[Math.floor(which * corpus.length)]!.split("\n");
    return insertLine(at, other[Math.floor(from * other.length)]!.trim())(text, corpus);
  };
}
