import type { RunEvent } from "@fastdistill/core";
import { assertEquals } from "@std/assert";
import { eventLine } from "./event_lines.ts";

const failed: RunEvent = {
  type: "row_failed",
  at: 0,
  step: "teach",
  row_id: "ab",
  code: "provider.auth",
  message: "Refused Bearer abcdefghijklmnop\x1b[2J",
};

Deno.test("eventLine() writes text that holds no credential and no control character", () => {
  assertEquals(
    eventLine(failed, { level: "info", format: "text" }),
    '1970-01-01T00:00:00.000Z warn  row_failed step=teach row_id=ab code=provider.auth message="Refused [redacted]\\u001b[2J"',
  );
});

Deno.test("eventLine() writes JSON, bounded", () => {
  const line = eventLine({ ...failed, message: "x".repeat(10_000) }, { level: "debug", format: "json" })!;
  assertEquals(JSON.parse(line), {
    time: "1970-01-01T00:00:00.000Z",
    level: "warn",
    event: "row_failed",
    step: "teach",
    row_id: "ab",
    code: "provider.auth",
    message: `${"x".repeat(2_000)}…`,
  });
});

Deno.test("eventLine() leaves out what is below the level", () => {
  assertEquals(eventLine(failed, { level: "error", format: "text" }), undefined);
  const done: RunEvent = { type: "run_finished", at: 0, run_id: "r", status: "failed" };
  assertEquals(eventLine(done, { level: "error", format: "text" })?.includes("error run_finished"), true);
});
