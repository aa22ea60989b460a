import { assert, assertEquals } from "@std/assert";
import { cellWidth } from "./cells.ts";
import { type DescribedComponent, renderComponent } from "./render_components.ts";

const DESCRIBED: DescribedComponent = {
  kind: "step",
  step_kind: "row",
  name: "score",
  version: 3,
  summary: "Scores \u001b[31mtexts",
  stability: "beta",
  origin: 'import map of deno.json ("fastdistill-plugin-score")',
  columns: { reads: { text: "string" }, adds: { score: "number", why: "string" }, removes: [] },
  permissions: { net: ["api.example.com"], read: ["data"] },
  plugin: { specifier: "jsr:@acme/score@1.0.0", integrity: "sha256-abc" },
  citation: "A paper with a name that is longer than the line, so that it goes on in the next",
  config_schema: {
    type: "object",
    required: ["text"],
    properties: {
      text: { type: "string", description: "Column with the text" },
      how: {
        enum: ["fast", "slow"],
        default: "fast",
        description: "How it is done, in words that need a second line",
      },
      more: {},
    },
  },
};

Deno.test("renderComponent() shows facts and keys with type and default, none wider than the terminal", () => {
  const lines = renderComponent(DESCRIBED, { width: 60 });
  assertEquals(lines, [
    "score  version 3, step (row), import map of deno.json",
    '    ("fastdistill-plugin-score"), beta',
    "Scores \\u{1b}[31mtexts",
    "",
    "reads         text (string)",
    "adds          score (number), why (string)",
    "permissions   net (api.example.com), read (data)",
    "code          jsr:@acme/score@1.0.0 sha256-abc",
    "after         A paper with a name that is longer than the",
    "              line, so that it goes on in the next",
    "",
    "config",
    "  text  text, required",
    "      Column with the text",
    '  how  one of "fast", "slow", default "fast"',
    "      How it is done, in words that need a second line",
    "  more  anything",
  ]);
  assert(lines.every((line) => cellWidth(line) <= 60));
});

Deno.test("renderComponent() says when a component asks for nothing and takes nothing", () => {
  const { plugin: _plugin, citation: _citation, ...bare } = DESCRIBED;
  const lines = renderComponent({ ...bare, permissions: {}, config_schema: null });
  assertEquals([lines.at(-3), lines.at(-1)], ["permissions   none", "config        nothing"]);
});
