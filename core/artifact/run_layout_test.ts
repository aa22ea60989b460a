import { assert, assertEquals, assertThrows } from "@std/assert";
import { join, resolve } from "node:path";
import { effectStorePath, pathInRun, runLayout } from "./run_layout.ts";

Deno.test("runLayout() places every file under the run folder, absolutely", () => {
  const layout = runLayout("runs", "ab12");
  const dir = resolve("runs", "ab12");
  assertEquals(layout.dir, dir);
  assertEquals(layout.stageManifest("distilled"), join(dir, "stages", "distilled", "manifest.json"));
  assertEquals(layout.ledgerFile("keep"), join(dir, "ledger", "keep.jsonl"));
  const { runJson, pipelineYaml, reportsDir, exportsDir, failures, events } = layout;
  const names = ["run.json", "pipeline.yaml", "reports", "exports", "failures.jsonl", "events.jsonl"];
  assertEquals(
    [runJson, pipelineYaml, reportsDir, exportsDir, failures, events],
    names.map((name) => join(dir, name)),
  );
  assertEquals(effectStorePath("runs"), resolve("runs", "effects.sqlite"));
});

Deno.test("runLayout() refuses names that would leave the folder or that no file can have", () => {
  const layout = runLayout("runs", "ab12");
  for (
    const name of ["", "..", "a/b", "a\\b", ".hidden", "nul", "COM1.x", "a\u0000", "x".repeat(101), "end."]
  ) {
    assertThrows(() => layout.stageDir(name), RangeError, "must do as a file name");
    assertThrows(() => layout.ledgerFile(name), RangeError);
    assertThrows(() => runLayout("runs", name), RangeError);
  }
  assert(layout.stageDir("\u84b8\u998f").endsWith("\u84b8\u998f"));
});

Deno.test("pathInRun() is relative inside the run folder and absolute outside", () => {
  const layout = runLayout("runs", "ab12");
  assertEquals(pathInRun(layout, layout.stageManifest("s")), "stages/s/manifest.json");
  assertEquals(pathInRun(layout, join(layout.dir, "..hidden")), "..hidden");
  assertEquals(pathInRun(layout, resolve("elsewhere", "x")), resolve("elsewhere", "x"));
});
