import { assert, assertEquals, assertMatch } from "@std/assert";
import { describeThrown } from "../errors/mod.ts";
import type { Row } from "../record/mod.ts";
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
  const waiting = HOSTILE_ATTEMPTS.map((attempt, index) => ({ attempt, index }));
  const results: (Result | undefined)[] = [];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next.index] = await attempt(next.attempt, next.index, around);
    }
  }));
  for (const [index, { group, name, entry, ends, kind }] of HOSTILE_ATTEMPTS.entries()) {
    await t.step(`${group}: a plugin that ${name}`, () => {
      const { outcomes, entries } = results[index]!;
      const all = JSON.stringify({ outcomes, entries });
      assert(!all.includes(SECRET), all);
      assert(entries.some((text) => entry.test(text)), `${entry} is in none of ${JSON.stringify(entries)}`);
      if (ends !== true && kind === undefined) {
        assertEquals([outcomes[0]?.kind, outcomes[2]?.kind], ["pass", "pass"], all);
      }
    });
  }
  await t.step("nothing was called, written or polluted, and the host is still there", async () => {
    assertEquals(around.hits, ["granted /elsewhere"]);
    assertEquals(await exists(`${around.root}/written`), false);
    assertMatch(await Deno.readTextFile(`${around.root}/.env`), /hunter2/);
    assertEquals(({} as { polluted?: unknown }).polluted, undefined);
  });
});

async function surroundings(): Promise<Surroundings> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const hits: string[] = [];
  const serve = (handler: (path: string) => Response) =>
    Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      ({ url }) => handler(new URL(url).pathname),
    );
  const server = serve((path) => (hits.push(`other ${path}`), new Response(`export default "${SECRET}"`)));
  const { port } = server.addr as Deno.NetAddr;
  const grantedServer = serve((path) => {
    hits.push(`granted ${path}`);
    return Response.redirect(`http://127.0.0.1:${port}/leak`);
  });
  for (const folder of ["plugins", "linked", "allowed"]) await Deno.mkdir(`${root}/${folder}`);
  const files = {
    ".env": `KEY=${SECRET}\n`,
    "plugins/.env": `KEY=${SECRET}\n`,
    "secret.ts": `export default "${SECRET}"; globalThis.postMessage?.("${SECRET}");\n`,
    "secret.json": `{"secret":"${SECRET}"}\n`,
  };
  for (const [path, text] of Object.entries(files)) await Deno.writeTextFile(`${root}/${path}`, text);
  await Deno.symlink(`${root}/secret.json`, `${root}/linked/link.json`);
  await Deno.symlink(`${root}/secret.ts`, `${root}/plugins/LINK.ts`);
  Deno.env.set("FD_HOSTILE_SECRET", SECRET);
  Deno.env.set("FD_HOSTILE_GRANTED", "granted");
  return {
    root,
    port,
    granted: (grantedServer.addr as Deno.NetAddr).port,
    hits,
    [Symbol.asyncDispose]: async () => {
      Deno.env.delete("FD_HOSTILE_SECRET");
      Deno.env.delete("FD_HOSTILE_GRANTED");
      await Promise.all([server.shutdown(), grantedServer.shutdown()]);
      await Deno.remove(root, { recursive: true });
    },
  };
}

interface Result {
  readonly outcomes: readonly (Outcome | undefined)[];
  /** What the plugin's log and the failures say. */
  readonly entries: readonly string[];
}

async function attempt(attempt: HostileAttempt, index: number, around: Surroundings): Promise<Result> {
  const name = `hostile_${index}`;
  const entries: string[] = [];
  const fill = (text: string) =>
    text.replaceAll("PROJECT", around.root).replaceAll("PORT", String(around.port)).replaceAll(
      "127.0.0.1:ALLOWED",
      `127.0.0.1:${around.granted}`,
    );
  const file = `${around.root}/plugins/${name}.ts`;
  const configFile = `${around.root}/deno_${index}.json`;
  await Deno.writeTextFile(configFile, "{}");
  await Deno.writeTextFile(file, fill(moduleOf(name, attempt)));
  const specifier = `./plugins/${name}.ts`;
  const target = { name, specifier, url: new URL(`file://${file}`), configFile, isOverride: false };
  const { timeoutMs = 1_000, startTimeoutMs = 20_000 } = attempt;
  const limits = { ...LIMITS, timeoutMs, startTimeoutMs };
  const policy = { limits, allow: new Map([[name, "declared" as const]]) };
  try {
    const { definition } = await loadSandboxed(target, policy) as StepComponent;
    const setup: StepSetup = {
      ...({ step: name, runId: "run", seed: 7, columns: {} } as StepSetup),
      log: (level, message) => entries.push(`${level} ${message}`),
    };
    if (definition.kind !== "row" && definition.kind !== "batch") throw new Error(definition.kind);
    const rows: Row[] = [{ text: "calm" }, { text: "attack" }, { text: "calm again" }];
    const outcomes = await (definition.kind === "row"
      ? settleRows(await definition.open({}, setup), rows)
      : settleBatch(await definition.open({}, setup), rows));
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
): Promise<readonly Outcome[]> {
  try {
    return await runner.process(rows, rows.map((_, index) => contextOf(index)));
  } finally {
    await runner.close?.();
  }
}

function contextOf(index: number): RowContext {
  return {
    step: "hostile",
    rowId: `row-${index}`,
    signal: new AbortController().signal,
    random: () => seededRandom(String(index)),
    effect: async (_request, perform) => await perform(new AbortController().signal),
  };
}

function moduleOf(
  name: string,
  { top = "", attack, permissions = {}, kind = "row" }: HostileAttempt,
): string {
  const process = kind === "row"
    ? `async (row, context) => {
        if (row.text !== "attack") return { kind: "pass", row };
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
  config, columns: () => ({}), batchSize: () => 8,
  open: (_config, setup) => ({ process: ${process} }),
} };
`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
