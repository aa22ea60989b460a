import { openSqliteEffectStore } from "@fastdistill/core";
import { createHash } from "node:crypto";
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname!, "..", "..");

/** A run of the command line in a process of its own. */
export interface StartedRun {
  readonly child: Deno.ChildProcess;
  /** Resolves with the exit code and what was written to stderr. */
  readonly ended: Promise<{ readonly code: number; readonly stderr: string }>;
}

/** Starts `fastdistill run`. */
export function startRun(
  pipeline: string,
  options: { readonly runsDir: string; readonly flags?: readonly string[] },
): StartedRun {
  const { runsDir, flags = [] } = options;
  const args = [
    "run",
    "-A",
    "--no-check",
    join(ROOT, "cli.ts"),
    "run",
    pipeline,
    "--runs-dir",
    runsDir,
    "--quiet",
    ...flags,
  ];
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    stdout: "null",
    stderr: "piped",
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  }).spawn();
  const ended = child.output().then(({ code, stderr }) => ({
    code,
    stderr: new TextDecoder().decode(stderr),
  }));
  return { child, ended };
}

/** Runs `fastdistill run` to its end. @throws {Error} when it ends with another code than 0 */
export async function wholeRun(pipeline: string, runsDir: string): Promise<void> {
  const { code, stderr } = await startRun(pipeline, { runsDir }).ended;
  if (code !== 0) throw new Error(`The run ended with ${code}: ${stderr}`);
}

/** The records of a store, by key, each checked against its checksum; the database itself is checked as well. */
export async function recordedPrompts(runsDir: string): Promise<ReadonlySet<string>> {
  const path = join(runsDir, "effects.sqlite");
  const prompts = new Set<string>();
  if (!await Deno.stat(path).then(() => true, () => false)) return prompts;
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path);
  const check = database.prepare("PRAGMA integrity_check").get() as { integrity_check: string };
  database.close();
  if (check.integrity_check !== "ok") throw new Error(`The store is damaged: ${check.integrity_check}`);
  const store = await openSqliteEffectStore(path);
  try {
    for await (const { kind, request } of store.list()) {
      if (kind !== "chat") continue;
      const { messages } = request["request"] as unknown as {
        readonly messages: readonly { readonly content: string }[];
      };
      prompts.add(messages[0]!.content);
    }
  } finally {
    await store.close();
  }
  return prompts;
}

/** What a run must leave the same, however often it was killed: manifests, exports, ledger, by path. */
export async function outputsOf(runsDir: string): Promise<Readonly<Record<string, string>>> {
  const digests: Record<string, string> = {};
  for await (const path of filesBelow(runsDir)) {
    const name = relative(runsDir, path);
    if (!/\/(stages|exports|ledger)\/|\/(failures\.jsonl|reports\/quality\.json)$/.test(name)) continue;
    digests[name] = createHash("sha256").update(await Deno.readFile(path)).digest("hex");
  }
  return Object.fromEntries(Object.entries(digests).toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** Files that a run should have cleared away. */
export async function leftovers(runsDir: string): Promise<readonly string[]> {
  const left: string[] = [];
  for await (const path of filesBelow(runsDir)) {
    if (/\.(tmp|new|part)(-|$|\.)|\/tmp\//.test(relative(runsDir, path))) left.push(relative(runsDir, path));
  }
  return left;
}

/** Whether `fastdistill verify` finds nothing wrong with the one run of a folder. */
export async function verifies(runsDir: string): Promise<boolean> {
  const args = [
    "run",
    "-A",
    "--no-check",
    join(ROOT, "cli.ts"),
    "verify",
    "latest",
    "--runs-dir",
    runsDir,
    "--quiet",
  ];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    stdout: "null",
    stderr: "null",
  }).output();
  return code === 0;
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* filesBelow(path);
    else yield path;
  }
}
