import { assert, assertEquals, assertRejects } from "@std/assert";
import { appendFile, cp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { canonicalJson, type JsonObject, sha256 } from "../record/mod.ts";
import { formatReport } from "../report/mod.ts";
import { temporaryFolder, writeSmallRun } from "./_fixtures/small_run.ts";
import { contentDigest } from "./run_json.ts";
import { pathInRun, type RunLayout } from "./run_layout.ts";
import { filesUnder } from "./_staged_folder.ts";
import { verifyRun } from "./verify.ts";
import type { VerifyProblem } from "./verify_report.ts";

/** Verifies a small run to which something was done. */
async function problemsAfter(
  change: (layout: RunLayout) => Promise<void>,
): Promise<readonly VerifyProblem[]> {
  await using folder = await temporaryFolder();
  const layout = await writeSmallRun({ runsDir: folder.path });
  await change(layout);
  const report = await verifyRun(layout.dir);
  assertEquals(report.ok, report.problems.length === 0);
  return report.problems;
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(path, "utf8");
  const after = change(before);
  assert(after !== before, `${path} was to be changed`);
  await writeFile(path, after);
}

/** Changes files so that every digest still fits: what is found then is found by recomputing, not by digests. */
async function forge(
  layout: RunLayout,
  changes: Readonly<Record<string, (text: string) => string>>,
): Promise<void> {
  for (const [file, change] of Object.entries(changes)) await edit(join(layout.dir, file), change);
  await edit(layout.runJson, (text) => {
    const { digest: _, ...content } = JSON.parse(text);
    for (const file of content.files) if (file.path in changes) file.sha256 = "?";
    return JSON.stringify(content);
  });
  const { files, ...rest } = JSON.parse(await readFile(layout.runJson, "utf8"));
  for (const file of files) {
    if (file.sha256 === "?") file.sha256 = sha256(await readFile(join(layout.dir, file.path)));
  }
  const content: JsonObject = { ...rest, files };
  await writeFile(layout.runJson, formatReport({ ...content, digest: contentDigest(content) }));
}

const swap = (from: string | RegExp, to: string) => (text: string) => text.replace(from, to);
const found = (problems: readonly VerifyProblem[]) =>
  problems.map(({ file, problem }) => `${file}: ${problem}`);

Deno.test("verifyRun() finds nothing wrong with a run as it was written, wherever it is", async () => {
  await using folder = await temporaryFolder();
  const { dir, runId } = await writeSmallRun({ runsDir: folder.path });
  const moved = join(folder.path, "renamed");
  await rename(dir, moved);
  assertEquals(await verifyRun(moved), {
    run_dir: moved,
    run_id: runId,
    ok: true,
    files: 14,
    rows: 7,
    ledger_lines: 10,
    unproven: [],
    problems: [],
  });
});

Deno.test("verifyRun() finds one changed byte in any file", async () => {
  await using folder = await temporaryFolder();
  const layout = await writeSmallRun({ runsDir: folder.path });
  const files = await filesUnder(layout.dir);
  assertEquals(files.map((path) => pathInRun(layout, path)), [
    "events.jsonl",
    "exports/train/train.jsonl",
    "failures.jsonl",
    "ledger/keep.jsonl",
    "ledger/teach.jsonl",
    "pipeline.yaml",
    "reports/cost.json",
    "reports/quality.json",
    "reports/timing.json",
    "run.json",
    "stages/distilled/manifest.json",
    "stages/distilled/part-00000.jsonl",
    "stages/distilled/part-00001.jsonl",
    "stages/distilled/part-00002.jsonl",
  ]);
  for (const path of files) {
    const bytes = await readFile(path);
    for (const share of [0, 0.13, 0.37, 0.5, 0.77, 1]) {
      const at = Math.floor(share * (bytes.length - 1));
      for (const bit of [1, 32]) {
        await writeFile(path, bytes.with(at, bytes[at]! ^ bit));
        const { ok, problems } = await verifyRun(layout.dir);
        const isNamed = problems.some(({ file }) => file === pathInRun(layout, path));
        assert(
          !ok && isNamed,
          `byte ${at} of ${path} was changed and not found: ${found(problems).join("; ")}`,
        );
      }
    }
    await writeFile(path, bytes);
  }
  assertEquals((await verifyRun(layout.dir)).problems, []);
});

Deno.test("verifyRun() finds files that are gone and files that are new", async () => {
  const gone = await problemsAfter(async ({ stageDir, ledgerFile }) => {
    await rm(join(stageDir("distilled"), "part-00001.jsonl"));
    await rm(ledgerFile("teach"));
  });
  assert(found(gone).includes("stages/distilled/part-00001.jsonl: the file is missing"));
  assert(found(gone).includes("ledger/teach.jsonl: the file is missing"));
  const added = await problemsAfter(async ({ stageDir, exportsDir, stagesDir }) => {
    await writeFile(join(exportsDir, "train", "more.jsonl"), "");
    await writeFile(join(stageDir("distilled"), "part-00003.jsonl"), "");
    await cp(stageDir("distilled"), join(stagesDir, "copied"), { recursive: true });
    await writeFile(join(exportsDir, ".DS_Store"), "");
  });
  assertEquals(found(added).sort(), [
    "exports/train/more.jsonl: run.json does not list this file",
    "stages/copied/manifest.json: the stage's name differs",
    "stages/copied/part-00003.jsonl: the manifest does not list this file",
    "stages/copied: run.json does not list this stage",
    "stages/distilled/part-00003.jsonl: the manifest does not list this file",
  ]);
});

Deno.test("verifyRun() finds a run.json that is gone, and still looks at the stages", async () => {
  const problems = await problemsAfter(async ({ runJson, stageDir }) => {
    await rm(runJson);
    await edit(join(stageDir("distilled"), "part-00000.jsonl"), swap('"score":0', '"score":5'));
  });
  assertEquals(problems[0]!.file, "run.json");
  const names = found(problems);
  assert(names.includes("stages/distilled/part-00000.jsonl: the SHA-256 differs"));
  assert(names.includes("stages/distilled/manifest.json: the merkle_root differs from the rows"));
  assert(names.includes("reports/quality.json: score_mean of stage distilled differs from its rows"));
});

Deno.test("verifyRun() finds an edited row even when every digest was adapted", async () => {
  const part = "stages/distilled/part-00000.jsonl";
  const problems = await problemsAfter(async (layout) => {
    await edit(join(layout.dir, part), swap(/"exec_pass":false/, '"exec_pass":true'));
    const text = await readFile(join(layout.dir, part));
    await forge(layout, {
      "stages/distilled/manifest.json": (manifest) => {
        const { parts, ...rest } = JSON.parse(manifest);
        const adapted = { ...parts[0], sha256: sha256(text), size: text.byteLength };
        return canonicalJson({ ...rest, parts: [adapted, ...parts.slice(1)] }) + "\n";
      },
    });
  });
  assertEquals(found(problems), [
    "stages/distilled/manifest.json: the merkle_root differs from the rows",
    "reports/quality.json: exec_pass_rate of stage distilled differs from its rows",
  ]);
});

Deno.test("verifyRun() finds a manifest that misstates its rows", async () => {
  const manifest = "stages/distilled/manifest.json";
  const problems = await problemsAfter((layout) =>
    forge(layout, {
      [manifest]: (text) => {
        const { columns: { note: _, ...columns }, ...rest } = JSON.parse(text);
        return canonicalJson({ ...rest, columns, run_id: "other", count: 8, min_sample_id: "0" }) + "\n";
      },
    })
  );
  assertEquals(found(problems), [
    `${manifest}: the run id differs`,
    `${manifest}: the count differs from the rows`,
    `${manifest}: the min_sample_id differs from the rows`,
    `${manifest}: the columns differ from the rows`,
    `${manifest}: the number of rows differs from run.json`,
  ]);
  assertEquals(problems[1]!.expected, 8);
  assertEquals(problems[1]!.found, 7);
});

Deno.test("verifyRun() finds a row with two ends and a step that loses rows", async () => {
  const problems = await problemsAfter((layout) =>
    forge(layout, {
      "ledger/keep.jsonl": (text) => {
        const lines = text.split("\n");
        return [...lines.slice(0, 3), lines[2]!, ...lines.slice(4)].join("\n");
      },
    })
  );
  assertEquals(found(problems), ["ledger/keep.jsonl: line 4 ends a row that has ended already"]);
  assertEquals(problems[0]!.expected, "ledger/keep.jsonl, line 3");
  const lost = await problemsAfter((layout) =>
    forge(layout, { "ledger/keep.jsonl": swap(/\{"row_id":"\w+","state":"rejected"[^\n]+\n/, "") })
  );
  assertEquals(found(lost), [
    "ledger/keep.jsonl: rows rejected as too_short differ from run.json",
    "run.json: rows rejected differ from the ledger",
    "reports/quality.json: the ends of rows in step keep differ from the ledger",
  ]);
  assertEquals([lost[0]!.expected, lost[0]!.found], [2, 1]);
});

Deno.test("verifyRun() finds a step that does not account for every row", async () => {
  const problems = await problemsAfter((layout) =>
    forge(layout, {
      "run.json": (text) => text.replace('"rows_out": 9', '"rows_out": 8'),
      "reports/quality.json": (text) => text.replace('"rows_out": 9', '"rows_out": 8'),
    })
  );
  assertEquals(found(problems), ["run.json: step teach does not account for every row"]);
  assertEquals([problems[0]!.expected, problems[0]!.found], [10, 9]);
});

Deno.test("verifyRun() takes rows for pending only where the run was cut short", async () => {
  const cutShort = (rowsOut: number) => (layout: RunLayout) =>
    forge(layout, {
      "run.json": (text) =>
        text.replace('"rows_out": 9', `"rows_out": ${rowsOut}`).replace(
          '"partial": false',
          '"partial": true',
        ),
      "reports/quality.json": (text) => text.replace('"rows_out": 9', `"rows_out": ${rowsOut}`),
    });
  assertEquals(found(await problemsAfter(cutShort(8))), []);
  const tooMany = ["run.json: step teach does not account for every row"];
  assertEquals(found(await problemsAfter(cutShort(10))), tooMany);
});

Deno.test("verifyRun() lets the ledger of a step that was cut off lag behind its counts, not lead them", async () => {
  const unfinished = (rejected: number) => (layout: RunLayout) =>
    forge(layout, {
      "run.json": (text) =>
        text.replaceAll('"finished": true', '"finished": false').replaceAll(
          '"too_short": 2',
          `"too_short": ${rejected}`,
        )
          .replace('"partial": false', '"partial": true').replace('"rows_out": 7', '"rows_out": 6'),
      "reports/quality.json": (text) =>
        text.replaceAll('"too_short": 2', `"too_short": ${rejected}`).replace(
          '"rows_out": 7',
          '"rows_out": 6',
        ),
    });
  assertEquals(found(await problemsAfter(unfinished(3))), []);
  assertEquals(found(await problemsAfter(unfinished(1))), [
    "ledger/keep.jsonl: rows rejected as too_short differ from run.json",
  ]);
});

Deno.test("verifyRun() finds failures and reports that disagree with ledger and summary", async () => {
  const problems = await problemsAfter((layout) =>
    forge(layout, {
      "failures.jsonl": swap("step.parse", "step.failed"),
      "reports/cost.json": (text) => text.replace('"kept": 7', '"kept": 6'),
      "reports/quality.json": (text) => text.replace('"read": 5', '"read": 6'),
    })
  );
  assertEquals(found(problems), [
    "failures.jsonl: the failures of step teach: step.parse differ from the ledger",
    "failures.jsonl: the failures of step teach: step.failed differ from the ledger",
    "reports/quality.json: the rows differ from run.json",
    "reports/cost.json: kept differs from run.json",
  ]);
});

Deno.test("verifyRun() says of lines that are not JSON where they are", async () => {
  const problems = await problemsAfter(({ events, ledgerFile }) =>
    Promise.all([appendFile(events, "more\n"), edit(ledgerFile("teach"), swap("{", "["))]).then(() => {})
  );
  assert(found(problems).includes("events.jsonl: the SHA-256 differs"));
  assert(found(problems).includes("ledger/teach.jsonl: line 1 is not a JSON object"));
});

Deno.test("verifyRun() refuses a folder that is not there", async () => {
  await using folder = await temporaryFolder();
  const error = await assertRejects(() => verifyRun(join(folder.path, "none")), FastDistillError);
  assertEquals(error.code, "data.run_not_found");
});

Deno.test("writeRunJson() leaves nothing but the run's files", async () => {
  await using folder = await temporaryFolder();
  const { dir } = await writeSmallRun({ runsDir: folder.path });
  assertEquals((await readdir(dir)).filter((name) => name.startsWith(".") || name.endsWith(".tmp")), []);
  assertEquals((await readdir(dirname(dir))).length, 1);
});
