import { assertEquals } from "@std/assert";
import { FastDistillError } from "@fastdistill/core/errors";
import { renderError } from "./render_error.ts";
import { readSourceLines, withoutSecrets } from "./source_lines.ts";
import { COLOURED } from "./style.ts";

const location = { file: "/home/a/p.yaml", line: 2, column: 5, path: "steps.teach.tempate" };

Deno.test("renderError() shows place, line, caret, hint and causes", () => {
  const error = new FastDistillError("config.unknown_key", `Unknown key "tempate"`, {
    location,
    hint: "Keys: template, n",
    cause: new Error("outer\n  of two lines", { cause: new Error("inner") }),
  });
  const sources = new Map([["/home/a/p.yaml", ["steps:", "    tempate: x"]]]);
  assertEquals(renderError(error, { sources, currentDirectory: "/home/a" }), [
    `error[config.unknown_key]: Unknown key "tempate"`,
    "  at p.yaml:2:5 (steps.teach.tempate)",
    "      2 |     tempate: x",
    "        |     ^",
    "  hint: Keys: template, n",
    "  cause: outer of two lines",
    "  cause: inner",
  ]);
});

Deno.test("renderError() puts the caret under the right cell after Chinese and tabs", () => {
  const error = new FastDistillError("config.invalid_value", "No", { location: { ...location, column: 5 } });
  const sources = new Map([["/home/a/p.yaml", ["", "\t名字: x"]]]);
  assertEquals(renderError(error, { sources }).slice(2), ["      2 |  名字: x", "        |       ^"]);
});

Deno.test("renderError() shows the part of a long line around the place", () => {
  const error = new FastDistillError("config.invalid_value", "No", {
    location: { ...location, column: 301 },
  });
  const sources = new Map([["/home/a/p.yaml", ["", `${"a".repeat(300)}B${"c".repeat(300)}`]]]);
  const [, , line, caret] = renderError(error, { sources, width: 60 });
  assertEquals(line!.length, 60);
  assertEquals(line![caret!.indexOf("^")], "B");
});

Deno.test("renderError() lists related errors and does without what is not known", () => {
  const related = new FastDistillError("graph.cycle", "Round and round");
  const error = new FastDistillError("graph.unknown_step", "No step\x1b[2J", {
    related: [related],
    location: { file: "--set", path: "steps.x" },
  });
  assertEquals(renderError(error), [
    "error[graph.unknown_step]: No step\\u{1b}[2J",
    "  at --set (steps.x)",
    "error[graph.cycle]: Round and round",
  ]);
});

Deno.test("renderError() leaves out a cause that says the same again", () => {
  const cause = new FastDistillError("step.failed", "Broke", { cause: new TypeError("x is not a function") });
  assertEquals(renderError(new FastDistillError("step.failed", "Broke", { cause })), [
    "error[step.failed]: Broke",
    "  cause: x is not a function",
  ]);
});

Deno.test("renderError() colours the code alone in red", () => {
  const [line] = renderError(new FastDistillError("graph.empty", "Empty"), { style: COLOURED });
  assertEquals(line, "\x1b[31merror[graph.empty]\x1b[39m: \x1b[1mEmpty\x1b[22m");
});

Deno.test("withoutSecrets() keeps credentials of a line to itself", () => {
  assertEquals(
    withoutSecrets(`  with: { api_key: hunter2, model: "m" }`),
    `  with: { api_key: [redacted], model: "m" }`,
  );
  assertEquals(withoutSecrets("  api_key: ${env:KEY}"), "  api_key: ${env:KEY}");
  assertEquals(withoutSecrets("max_tokens: 12"), "max_tokens: 12");
});

Deno.test("readSourceLines() leaves out what cannot be read", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/a.yaml`, "one\r\ntwo\n");
  const missing = new FastDistillError("graph.empty", "x", {
    location: { file: `${folder}/b.yaml`, line: 1 },
  });
  const error = new FastDistillError("graph.empty", "x", {
    location: { file: `${folder}/a.yaml`, line: 1 },
    related: [missing],
  });
  assertEquals(await readSourceLines(error), new Map([[`${folder}/a.yaml`, ["one", "two", ""]]]));
  await Deno.remove(folder, { recursive: true });
});
