import { assertEquals } from "@std/assert";
import { exitCodeOfRun } from "./exit_code_of_run.ts";

Deno.test("exitCodeOfRun() follows the status, and the error where a run failed", () => {
  const statuses = ["done", "failed", "gate_failed", "budget_exhausted", "interrupted"] as const;
  assertEquals(statuses.map((status) => exitCodeOfRun({ status })), [0, 1, 3, 4, 130]);
  const failedBy = (code: string) => exitCodeOfRun({ status: "failed", error: { code, message: "x" } });
  assertEquals(["gate.unknown_metric", "provider.auth", "step.too_many_failures"].map(failedBy), [2, 1, 1]);
});
