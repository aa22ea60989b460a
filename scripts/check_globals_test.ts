import { assertEquals } from "@std/assert";
import { checkGlobals } from "./check_globals.ts";
import { withTree } from "./_fixture.ts";
import { formatProblem, sortProblems } from "./_problem.ts";

/** Runs the check over some files. */
async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  let found: readonly string[] = [];
  await withTree(files, async (root) => {
    found = sortProblems(await checkGlobals(root)).map(formatProblem);
  });
  return found;
}

const CLOCK = "take the clock from the context";
const RANDOM = "take random numbers from the context";

Deno.test("checkGlobals() rejects every forbidden global, one a line", async () => {
  assertEquals(
    await problemsOf({
      "steps/a.ts": `
export const a = Deno.cwd();
export let b: Deno.FsFile;
export const c = process.env.HOME;
export const d = Date.now();
export const e = new Date();
export const f = Math.random();
export const g = performance.now();
export const h = crypto.randomUUID();
setTimeout(() => {}, 1);
setInterval(() => {}, 1);
eval("1");
export const i = new Function("1");
console.log(a);
export const j = Date();
`,
    }),
    [
      "steps/a.ts:2: uses Deno: go through core/runtime",
      "steps/a.ts:3: uses Deno: go through core/runtime",
      "steps/a.ts:4: uses process.env: read the environment through core/runtime",
      `steps/a.ts:5: uses Date.now: ${CLOCK}`,
      `steps/a.ts:6: uses new Date(): ${CLOCK}`,
      `steps/a.ts:7: uses Math.random: ${RANDOM}`,
      `steps/a.ts:8: uses performance.now: ${CLOCK}`,
      `steps/a.ts:9: uses crypto.randomUUID: ${RANDOM}`,
      `steps/a.ts:10: uses setTimeout: ${CLOCK}`,
      `steps/a.ts:11: uses setInterval: ${CLOCK}`,
      "steps/a.ts:12: uses eval: never run text as code",
      "steps/a.ts:13: uses Function: never run text as code",
      "steps/a.ts:14: uses console: emit an event, or write through the command line's output",
      `steps/a.ts:15: uses Date(): ${CLOCK}`,
    ],
  );
});

Deno.test("checkGlobals() sees through globalThis, computed names, destructuring, aliases and shorthand", async () => {
  assertEquals(
    await problemsOf({
      "core/x.ts": `
export const a = globalThis.Deno;
export const b = globalThis.Date.now();
export const c = Math["random"]();
export const { random } = Math;
export const m = Math;
export const d = { setTimeout };
export const e = [1].map(setTimeout);
export const f = new globalThis.Date();
export const g = (wait = setTimeout) => wait;
export const { now: later } = Date;
`,
    }),
    [
      "core/x.ts:2: uses Deno: go through core/runtime",
      `core/x.ts:3: uses Date.now: ${CLOCK}`,
      `core/x.ts:4: uses Math.random: ${RANDOM}`,
      `core/x.ts:5: uses Math.random: ${RANDOM}`,
      "core/x.ts:6: keeps Math under another name: name the member where it is used",
      `core/x.ts:7: uses setTimeout: ${CLOCK}`,
      `core/x.ts:8: uses setTimeout: ${CLOCK}`,
      `core/x.ts:9: uses new Date(): ${CLOCK}`,
      `core/x.ts:10: uses setTimeout: ${CLOCK}`,
      `core/x.ts:11: uses Date.now: ${CLOCK}`,
    ],
  );
});

Deno.test("checkGlobals() rejects the same things taken from built-in modules", async () => {
  assertEquals(
    await problemsOf({
      "cli/x.ts": `
import process, { env as home } from "node:process";
import { randomUUID, hash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { performance } from "node:perf_hooks";
export const all = [home, randomUUID, hash, setTimeout, performance, process];
`,
      "cli/y.ts": `import process from "node:process";\nexport const home = process.env.HOME;\n`,
      "cli/z.ts": `import * as c from "node:crypto";\nexport const id = c.randomBytes(8);\n`,
    }),
    [
      "cli/x.ts:2: imports env of node:process: read the environment through core/runtime",
      `cli/x.ts:3: imports randomUUID of node:crypto: ${RANDOM}`,
      `cli/x.ts:4: imports node:timers/promises: ${CLOCK}`,
      `cli/x.ts:5: imports node:perf_hooks: ${CLOCK}`,
      "cli/y.ts:1: imports env of node:process: read the environment through core/runtime",
      `cli/z.ts:1: imports randomBytes of node:crypto: ${RANDOM}`,
    ],
  );
});

Deno.test("checkGlobals() accepts locals, parameters, properties, types, strings and comments of the same name", async () => {
  assertEquals(
    await problemsOf({
      "core/fine.ts": `
import process from "node:process";
import { hash } from "node:crypto";
// Deno.cwd() and Math.random()
/** setTimeout */
export function f(setTimeout: number, console: { log(): void }, Date: { now(): number }): number {
  console.log();
  return setTimeout + Date.now();
}
export const text = "Deno.env eval(1)" + \`\${hash("sha256", "x")} console.log\`;
export interface Clock { now(): number; setTimeout(ms: number): void; Deno: string; eval: 1 }
export const clock: Clock = { now: () => 1, setTimeout: () => {}, Deno: "", eval: 1 };
export const t = clock.setTimeout(clock.now()), u = clock.Deno;
export const when = (d: Date): string => new Date(d).toISOString() + Date.parse("2020") + Math.floor(1);
export type Timer = ReturnType<typeof setTimeout>;
export const isDate = (x: unknown): boolean => x instanceof Date || typeof x === typeof Function;
export const digest = crypto.subtle;
export const out = process.stdout;
{ const Deno = { cwd: () => "" }; Deno.cwd(); }
export const { Deno: renamed } = clock;
`,
    }),
    [],
  );
});

Deno.test("checkGlobals() leaves core/runtime, tests, scripts and other folders alone", async () => {
  const source = "export const a = [Deno.cwd(), Date.now()];\nconsole.log(a);\n";
  assertEquals(
    await problemsOf({
      "core/runtime/clock.ts": source,
      "core/run/run_test.ts": source,
      "core/run/run_bench.ts": source,
      "scripts/x.ts": source,
      "compat/x/mod.ts": source,
      "tests/x_test.ts": source,
    }),
    [],
  );
});

Deno.test("checkGlobals() is not misled by a global declaration in another file or by names from Object", async () => {
  assertEquals(
    await problemsOf({
      "core/a.ts": "declare global {\n  const Deno: { cwd(): string };\n}\nexport const x = Deno.cwd();\n",
      "core/b.ts": "export const x = Deno.cwd();\nexport const y = constructor.toString();\n",
    }),
    ["core/a.ts:4: uses Deno: go through core/runtime", "core/b.ts:1: uses Deno: go through core/runtime"],
  );
});
