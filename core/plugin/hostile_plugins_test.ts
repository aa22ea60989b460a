import { assert, assertEquals, assertMatch } from "@std/assert";
import { mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import process from "node:process";
import { describeThrown } from "../errors/mod.ts";
import type { Json, Row } from "../record/mod.ts";
import { seededRandom } from "../runtime/mod.ts";
import type { Outcome, RowContext, StepComponent, StepSetup } from "../step/mod.ts";
import { HOSTILE_ATTEMPTS, type HostileAttempt } from "./_fixtures/hostile_attempts.ts";
import { loadSandboxed } from "./load_sandboxed.ts";

const SECRET = "hunter2";
const LIMITS = {
  memoryMbMax: 256,
  replyCharsMax: 2_000_000,
  strayCharsMax: 500_000,
  restartsMax: 8,
};
const AT_ONCE = 4;

/** What the attempts find around them: a project with secrets, and two servers that count who calls. */
interface Surroundings extends AsyncDisposable {
  readonly root: string;
  readonly port: number;
  readonly granted: number;
  readonly hits: string[];
}

Deno.test("a sandbox lets no hostile plugin succeed, and each leaves an entry that says why", async (t) => {
  await using around = await surroundings();
  assert(HOSTILE_ATTEMPTS.length >= 40, `${HOSTILE_ATTEMPTS.length} attempts`);
  const results = await attemptAll(around);
  for (const [index, { group, name, entry, never, ends, kind }] of HOSTILE_ATTEMPTS.entries()) {
    await t.step(`${group}: a plugin that ${name}`, () => {
      const { outcomes, entries } = results[index]!;
      const all = JSON.stringify({ outcomes, entries });
      assert(!all.includes(SECRET), all);
      assert(entries.some((text) => entry.test(text)), `${entry} is in none of ${JSON.stringify(entries)}`);
      assertEquals(entries.filter((text) => never?.test(text)), []);
      if (ends !== true && kind === undefined) {
        assertEquals([outcomes[0]?.kind, outcomes[2]?.kind], ["pass", "pass"], all);
      }
    });
  }
  await t.step("nothing was called, written or polluted, and the host is still there", async () => {
    assertEquals(around.hits, ["granted /elsewhere"]);
    await checkUntouched(around);
  });
});

Deno.test("without a deno, each hostile plugin is refused before any of its code runs", async () => {
  await using around = await surroundings();
  for (const { outcomes, entries } of await attemptAll(around, `${around.root}/no-deno`)) {
    assertEquals([outcomes.length, entries.length], [0, 1]);
    assertMatch(entries[0]!, /^plugin\.no_sandbox: .* needs Deno .* or later: .*no-deno cannot be started$/);
  }
  assertEquals(around.hits, []);
  await checkUntouched(around);
});

async function attemptAll(around: Surroundings, deno?: string): Promise<readonly Result[]> {
  const waiting = HOSTILE_ATTEMPTS.map((attempt, index) => ({ attempt, index }));
  const results: Result[] = [];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next.index] = await attempt(next.attempt, { index: next.index, around, deno });
    }
  }));
  assertEquals(Object.keys(results).length, HOSTILE_ATTEMPTS.length);
  return results;
}

async function checkUntouched({ root }: Surroundings): Promise<void> {
  assertEquals(await exists(`${root}/written`), false);
  assertMatch(await readFile(`${root}/.env`, "utf8"), /hunter2/);
  assertEquals(({} as { polluted?: unknown }).polluted, undefined);
}

async function surroundings(): Promise<Surroundings> {
  const root = await realpath(await mkdtemp(`${tmpdir()}/fastdistill-hostile-`));
  const hits: string[] = [];
  const server = await serve((path, response) => {
    hits.push(`other ${path}`);
    response.end(`export default "${SECRET}"`);
  });
  const { port } = server;
  const grantedServer = await serve((path, response) => {
    hits.push(`granted ${path}`);
    response.writeHead(302, { location: `http://127.0.0.1:${port}/leak` }).end();
  });
  for (const folder of ["plugins", "linked", "allowed"]) await mkdir(`${root}/${folder}`);
  const files = {
    ".env": `KEY=${SECRET}\n`,
    "plugins/.env": `KEY=${SECRET}\n`,
    "secret.ts": `export default "${SECRET}"; globalThis.postMessage?.("${SECRET}");\n`,
    "secret.json": `{"secret":"${SECRET}"}\n`,
  };
  for (const [path, text] of Object.entries(files)) await writeFile(`${root}/${path}`, text);
  await symlink(`${root}/secret.json`, `${root}/linked/link.json`);
  await symlink(`${root}/secret.ts`, `${root}/plugins/LINK.ts`);
  process.env.FD_HOSTILE_SECRET = SECRET;
  process.env.FD_HOSTILE_GRANTED = "granted";
  return {
    root,
    port,
    granted: grantedServer.port,
    hits,
    [Symbol.asyncDispose]: async () => {
      delete process.env.FD_HOSTILE_SECRET;
      delete process.env.FD_HOSTILE_GRANTED;
      await Promise.all([server.close(), grantedServer.close()]);
      await rm(root, { recursive: true });
    },
  };
}

interface CountingServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

async function serve(answer: (path: string, response: ServerResponse) => void): Promise<CountingServer> {
  const server = createServer(({ url = "" }, response) => answer(url, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

interface Result {
  readonly outcomes: readonly (Outcome | undefined)[];
  /** What the plugin's log and the failures say. */
  readonly entries: readonly string[];
}

interface Surrounded {
  readonly index: number;
  readonly around: Surroundings;
  /** The program to run the sandbox with. */
  readonly deno: string | undefined;
}

async function attempt(attempt: HostileAttempt, { index, around, deno }: Surrounded): Promise<Result> {
  const name = `hostile_${index}`;
  const entries: string[] = [];
  const fill = (text: string) =>
    text.replaceAll("PROJECT", around.root).replaceAll("PORT", String(around.port)).replaceAll(
      "127.0.0.1:ALLOWED",
      `127.0.0.1:${around.granted}`,
    );
  const file = `${around.root}/plugins/${name}.ts`;
  const configFile = `${around.root}/deno_${index}.json`;
  await writeFile(configFile, "{}");
  await writeFile(file, fill(moduleOf(name, attempt)));
  const specifier = `./plugins/${name}.ts`;
  const target = { name, specifier, url: new URL(`file://${file}`), configFile, isOverride: false };
  const { timeoutMs = 20_000, startTimeoutMs = 20_000 } = attempt;
  const limits = { ...LIMITS, timeoutMs, startTimeoutMs };
  const allow = new Map([[name, "declared" as const]]);
  const policy = { limits, allow, ...(deno === undefined ? {} : { deno }) };
  try {
    const { definition } = await loadSandboxed(target, policy) as StepComponent;
    definition.columns({}, { text: "string" });
    const setup: StepSetup = {
      ...({ step: name, runId: "run", seed: 7, columns: {} } as StepSetup),
      log: (level, message) => entries.push(`${level} ${message}`),
    };
    if (definition.kind !== "row" && definition.kind !== "batch") throw new Error(definition.kind);
    const contextOf = contextsOf();
    const rows: Row[] = [{ text: "calm" }, { text: "attack" }, { text: "calm again" }];
    const outcomes = await (definition.kind === "row"
      ? settleRows(await definition.open({}, setup), rows, contextOf)
      : settleBatch(await definition.open({}, setup), rows, contextOf));
    for (const outcome of outcomes) {
      if (outcome.kind === "fail") {
        entries.push(describeThrown(outcome.error));
      }
    }
    return { outcomes, entries };
  } catch (thrown) {
    return { outcomes: [], entries: [...entries, describeThrown(thrown)] };
  }
}

interface Runner<Process> {
  readonly process: Process;
  readonly close?: () => void | Promise<void>;
}

async function settleRows(
  runner: Runner<(row: Row, context: RowContext) => Outcome | Promise<Outcome>>,
  rows: readonly Row[],
  contextOf: ContextOf,
): Promise<readonly Outcome[]> {
  try {
    const outcomes: Outcome[] = [];
    for (const [index, row] of rows.entries()) {
      const failed = (error: unknown) => ({ kind: "fail" as const, error: error as never });
      const outcome = await Promise.resolve(runner.process(row, contextOf(index))).catch(failed);
      outcomes.push(outcome);
    }
    return outcomes;
  } finally {
    await runner.close?.();
  }
}

async function settleBatch(
  runner: Runner<(rows: readonly Row[], contexts: readonly RowContext[]) => Promise<readonly Outcome[]>>,
  rows: readonly Row[],
  contextOf: ContextOf,
): Promise<readonly Outcome[]> {
  try {
    return await runner.process(rows, rows.map((_, index) => contextOf(index)));
  } finally {
    await runner.close?.();
  }
}

type ContextOf = (index: number) => RowContext;

/** Contexts in which an effect that several rows want is performed once, as in a run. */
function contextsOf(): ContextOf {
  const underWay = new Map<string, Promise<Json>>();
  return (index) => ({
    step: "hostile",
    rowId: `row-${index}`,
    signal: new AbortController().signal,
    random: () => seededRandom(String(index)),
    effect: async <T extends Json>(request: unknown, perform: (signal: AbortSignal) => Promise<T>) => {
      const key = JSON.stringify(request);
      if (!underWay.has(key)) {
        const done = Promise.resolve(perform(new AbortController().signal));
        underWay.set(key, done.finally(() => underWay.delete(key)));
      }
      return await underWay.get(key)! as T;
    },
  });
}

function moduleOf(
  name: string,
  { top = "", attack, onCalm = "", columns = "return {}", notes = "", permissions = {}, kind = "row" }:
    HostileAttempt,
): string {
  const process = kind === "row"
    ? `async (row, context) => {
        if (row.text !== "attack") { ${onCalm} return { kind: "pass", row }; }
        const loot = await attack(row, context, setup);
        const isOutcome = typeof loot === "object" && loot !== null && "outcome" in loot;
        return isOutcome ? loot.outcome : { kind: "pass", row: { ...row, loot: String(loot) } };
      }`
    : `(rows, contexts) => attack(rows, contexts[0], setup)`;
  return `// @ts-nocheck written by a test
${top}
const attack = async (row, context, setup) => { ${attack} };
const config = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
export default { component: "step", definition: {
  name: "${name}", kind: "${kind}", version: 1, summary: "Attacks", permissions: ${
    JSON.stringify(permissions)
  },
  config, columns: () => { ${columns} }, batchSize: () => 8,
  open: (_config, setup) => ({ process: ${process} }),
  ${notes}
} };
`;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}
