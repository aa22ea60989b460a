import type { PreviewedStep, RunPreview } from "@fastdistill/core";
import { assertEquals } from "@std/assert";
import { cellWidth } from "./cells.ts";
import { renderPreview, renderPreviewLine } from "./render_preview.ts";

const READ: PreviewedStep = {
  step: "read",
  use: "read_jsonl",
  rows_in: 2,
  effects: { performed: 0, reused: 0 },
  adds: ["question", "id"],
  rows: [{ question: "How\nmany?", id: 1 }, { question: "有多少员工？", id: 2 }],
  ended: [],
};
const ASK: PreviewedStep = {
  step: "ask",
  use: "text_generation",
  rows_in: 2,
  effects: { performed: 1, reused: 1 },
  adds: ["answer"],
  rows: [{ question: "How\nmany?", id: 1, answer: "\u001b[31mfour" }],
  ended: [{ state: "failed", reason: "step.parse", detail: "Found nothing", row: { id: 2 } }],
};
const KEEP: PreviewedStep = {
  ...ASK,
  step: "keep",
  use: "select",
  effects: { performed: 0, reused: 0 },
  adds: [],
  ended: [],
};
const PREVIEW: RunPreview = { name: "tiny", steps: [READ, ASK, KEEP], spent_usd: 0.001 };

Deno.test("renderPreview() shows after each step what the step added, and what ended there", () => {
  assertEquals(renderPreview(PREVIEW), [
    "read  read_jsonl: 2 in, 2 out",
    "  1  question  How ↵ many?",
    "     id        1",
    "  2  question  有多少员工？",
    "     id        2",
    "",
    "ask  text_generation: 2 in, 1 out, 1 dropped, 1 effects performed, 1 reused",
    "  1  answer  \\u{1b}[31mfour",
    '  -  failed, step.parse: Found nothing; the row was {"id":2}',
    "",
    "keep  select: 2 in, 1 out",
    '  1  {"question":"How\\nmany?","id":1,"answer":"\\u001b[31mfour"}',
    "",
    "Spent 0.001 USD; answers are recorded, and the run does not pay for them again",
  ]);
});

Deno.test("renderPreview() of one step shows all columns, the new ones first", () => {
  assertEquals(renderPreview({ ...PREVIEW, steps: [{ ...ASK, ended: [] }] }).slice(1, 4), [
    "  1  answer    \\u{1b}[31mfour",
    "     question  How ↵ many?",
    "     id        1",
  ]);
});

Deno.test("renderPreview() cuts rows to the terminal, and long lists short", () => {
  const rows = Array.from({ length: 20 }, (_, id) => ({ question: "很长".repeat(80), id }));
  const lines = renderPreview({ ...PREVIEW, steps: [{ ...READ, rows }] }, { width: 40 });
  assertEquals(lines.slice(0, -1).filter((line) => cellWidth(line) > 40), []);
  assertEquals(lines.at(-3), "     and 8 more rows");
});

Deno.test("renderPreviewLine() says how many rows there are at the end", () => {
  assertEquals(renderPreviewLine(PREVIEW), "tiny: 1 rows after keep, 0.001 USD spent");
});
