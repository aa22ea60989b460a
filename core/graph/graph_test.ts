import { assertEquals, assertThrows } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { checkColumns } from "./check_columns.ts";
import { buildGraph, type GraphStep } from "./graph.ts";
import { planSegments } from "./segments.ts";

const source = (name: string): GraphStep => ({ name, kind: "source" });
const row = (name: string, ...from: string[]): GraphStep => ({
  name,
  kind: "row",
  ...(from.length > 0 ? { from } : {}),
});

function codeOf(build: () => unknown): { code: string; message: string; related: number } {
  const error = assertThrows(build, FastDistillError);
  return { code: error.code, message: error.message, related: error.related.length };
}

Deno.test("buildGraph() has a step read the one before it", () => {
  const graph = buildGraph([source("a"), row("b"), row("c")]);
  assertEquals(graph.order, ["a", "b", "c"]);
  assertEquals(graph.nodes.get("c"), { ...row("c"), inputs: ["b"], outputs: [], depth: 2 });
});

Deno.test("buildGraph() orders steps after all that they read", () => {
  const graph = buildGraph([source("a"), row("d", "c", "b"), row("b", "a"), row("c", "a")]);
  assertEquals(graph.order, ["a", "c", "b", "d"]);
  assertEquals(graph.nodes.get("a")!.outputs, ["b", "c"]);
  assertEquals(graph.nodes.get("d")!.depth, 2);
});

Deno.test("buildGraph() shows the circle", () => {
  const found = codeOf(() => buildGraph([source("s"), row("a", "c"), row("b", "a"), row("c", "b")]));
  assertEquals(found.code, "graph.cycle");
  assertEquals(found.message, "Steps read each other in a circle: a -> c -> b -> a");
});

Deno.test("buildGraph() names a step that reads itself", () => {
  assertEquals(
    codeOf(() => buildGraph([source("s"), row("a", "a")])).message,
    "Steps read each other in a circle: a -> a",
  );
});

Deno.test("buildGraph() suggests the nearest step, and reports all unknown ones", () => {
  const found = codeOf(() => buildGraph([source("questions"), row("b", "question"), row("c", "nowhere")]));
  assertEquals(found, {
    code: "graph.unknown_step",
    message: 'Step "b" reads "question", and no step has that name; did you mean "questions"?',
    related: 1,
  });
});

Deno.test("buildGraph() refuses a first step without input and a source with one", () => {
  assertEquals(codeOf(() => buildGraph([row("a")])).code, "graph.no_input");
  assertEquals(
    codeOf(() => buildGraph([source("a"), { ...source("b"), from: ["a"] }])).code,
    "graph.source_with_input",
  );
  assertEquals(codeOf(() => buildGraph([])).code, "graph.empty");
});

Deno.test("checkColumns() follows columns and names what is missing", () => {
  const graph = buildGraph([source("read"), row("make"), row("use")]);
  const flows = {
    read: { adds: { question: "string" } },
    make: { adds: { sql: "string" }, removes: ["question"] },
    use: { requires: [{ column: "question" }, { column: "sqll", type: "string" }] },
  } as const;
  const found = codeOf(() => checkColumns(graph, (step) => flows[step as keyof typeof flows]));
  assertEquals(found, {
    code: "graph.missing_column",
    message: 'Step "use" reads the column "question", and no step before it provides that column',
    related: 1,
  });
});

Deno.test("checkColumns() compares types, and keeps only what all inputs have", () => {
  const graph = buildGraph([source("a"), row("b", "a"), row("c", "a"), row("d", "b", "c")]);
  const flows: Record<string, object> = {
    a: { adds: { id: "number" } },
    b: { adds: { x: "string", y: "string" } },
    c: { adds: { x: "number" } },
    d: {},
  };
  const columns = checkColumns(graph, (step) => flows[step]!);
  assertEquals(columns.get("d")!.before, { id: "number", x: "any" });
  flows.d = { requires: [{ column: "id", type: "string" }] };
  assertEquals(
    codeOf(() => checkColumns(graph, (step) => flows[step]!)).message,
    'Step "d" reads the column "id" as string, found number',
  );
});

Deno.test("planSegments() cuts at what needs order, all rows, or several inputs", () => {
  const graph = buildGraph([
    source("read"),
    row("id"),
    { name: "unique", kind: "ordered" },
    row("teach"),
    row("other", "unique"),
    row("both", "teach", "other"),
    { name: "keep", kind: "global" },
    { name: "write", kind: "sink" },
  ]);
  assertEquals(planSegments(graph).map(({ head, steps }) => [head, ...steps]), [
    ["read", "id"],
    ["unique", "teach", "other"],
    ["both"],
    ["keep"],
    ["write"],
  ]);
  assertEquals(planSegments(graph)[1]!.exits, [{ from: "teach", to: "both" }, { from: "other", to: "both" }]);
});
