import { assert, assertEquals, assertRejects } from "@std/assert";
import { isFastDistillError } from "../errors/mod.ts";
import type { JsonObject } from "../record/mod.ts";
import { seededRandom } from "../runtime/mod.ts";
import type { Outcome, RowContext, RowRunner, StepComponent, StepSetup } from "../step/mod.ts";
import { loadSandboxed, type PluginPolicy } from "./load_sandboxed.ts";

interface Opened {
  readonly runner: RowRunner;
  readonly logged: readonly string[];
}

async function withStep(
  process: string,
  test: (opened: Opened) => Promise<void>,
  { policy = {}, needs }: { readonly policy?: PluginPolicy; readonly needs?: string } = {},
): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    const text = `export default { component: "step", definition: {
      name: "mine", kind: "row", version: 1, summary: "Does what a test says", permissions: {},
      ${needs === undefined ? "" : `needs: "${needs}",`}
      config: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
      columns: () => ({}), open: (config, setup) => ({ process: async (row, context) => { ${process} } }),
    } };`;
    await Deno.writeTextFile(`${root}/mine.js`, text);
    await Deno.writeTextFile(`${root}/deno.json`, "{}");
    const url = new URL(`file://${root}/mine.js`);
    const target = {
      name: "mine",
      specifier: "./mine.js",
      url,
      configFile: `${root}/deno.json`,
      isOverride: false,
    };
    const { definition } = await loadSandboxed(target, policy) as StepComponent;
    if (definition.kind !== "row") throw new Error(definition.kind);
    const logged: string[] = [];
    const log: StepSetup["log"] = (level, message) => void logged.push(`${level} ${message}`);
    const runner = await definition.open(
      {},
      { step: "mine", runId: "run", seed: 7, columns: {}, log } as StepSetup,
    );
    try {
      await test({ runner, logged });
    } finally {
      await runner.close?.();
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function contextOf(rowId: string, more: Partial<RowContext> = {}): RowContext {
  const { signal } = new AbortController();
  return {
    step: "mine",
    rowId,
    signal,
    random: () => seededRandom(`7/mine/${rowId}`),
    effect: async (_request, perform) => await perform(signal),
    ...more,
  };
}

function codeOf(outcome: Outcome | { readonly error: unknown }): string | undefined {
  return "error" in outcome && isFastDistillError(outcome.error) ? outcome.error.code : undefined;
}

Deno.test("a sandboxed step draws the random numbers that it would draw in process", () =>
  withStep(`return { kind: "pass", row: { n: context.random().integer(1_000_000) } }`, async ({ runner }) => {
    const outcome = await runner.process({}, contextOf("row-1"));
    const expected = seededRandom("7/mine/row-1").integer(1_000_000);
    assertEquals(outcome, { kind: "pass", row: { n: expected } });
  }));

Deno.test("a sandboxed step keeps the order of columns, and sees its own changes only", () =>
  withStep(
    `return { kind: "pass", row: row.swap ? { b: 2, a: 1 } : { ...row, a: 3, c: null } }`,
    async ({ runner }) => {
      const rows = await Promise.all(
        [{ a: 1, b: 2, swap: true }, { a: 1, b: 2, swap: false }].map((row, index) =>
          runner.process(row, contextOf(`row-${index}`))
        ),
      );
      assertEquals(rows.map((outcome) => outcome.kind === "pass" && Object.entries(outcome.row)), [
        [["b", 2], ["a", 1]],
        [["a", 3], ["b", 2], ["swap", false], ["c", null]],
      ]);
    },
  ));

Deno.test("a sandboxed step asks for effects and models by way of the host, under a key of its own", () =>
  withStep(
    `const twice = await context.effect({ kind: "http_get", version: 2, input: { n: row.n } }, () => row.n * 2);
     const [vector] = await context.models.embed(["x"], { dimensions: 2 });
     return { kind: "pass", row: { twice, vector } }`,
    async ({ runner }) => {
      const asked: unknown[] = [];
      const context = contextOf("row-1", {
        effect: async ({ kind, version, input }, perform) => {
          asked.push([kind, version, input.input, String((input as JsonObject).plugin).slice(0, 12)]);
          return await perform(new AbortController().signal);
        },
        models: {
          embed: (texts, options) => {
            asked.push([texts, options]);
            return Promise.resolve([[0, 1]]);
          },
          rerank: () => Promise.resolve([]),
        },
      });
      assertEquals(await runner.process({ n: 4 }, context), {
        kind: "pass",
        row: { twice: 8, vector: [0, 1] },
      });
      assertEquals(asked, [["plugin_http_get", 2, { n: 4 }, "mine@sha256-"], [["x"], { dimensions: 2 }]]);
    },
    { needs: "embedding" },
  ));

Deno.test("a sandboxed step hands on what ended a call of the host, so that it may end the run", () =>
  withStep(`await context.effect({ kind: "one", version: 1, input: {} }, () => 1)`, async ({ runner }) => {
    const over = Object.assign(new Error("the budget is used up"), { code: "budget.exhausted" });
    const context = contextOf("row-1", { effect: () => Promise.reject(over) });
    const thrown = await Promise.resolve(runner.process({}, context)).catch((error: unknown) => error);
    assertEquals(thrown, over);
  }));

Deno.test("a sandboxed step gives up at once when the run is, though the plugin does not", () =>
  withStep(`for (;;);`, async ({ runner }) => {
    const controller = new AbortController();
    const settled = Promise.resolve(runner.process({}, contextOf("row-1", { signal: controller.signal })));
    controller.abort(new Error("interrupted"));
    await assertRejects(() => settled, Error, "interrupted");
  }));

Deno.test("a sandboxed step fails the rows that end it, and no others, until it was started too often", () =>
  withStep(
    `if (row.n % 2 === 1) process.exit(3); return { kind: "pass", row }`,
    async ({ runner, logged }) => {
      const settle = async (n: number) =>
        await Promise.resolve(runner.process({ n }, contextOf(`row-${n}`))).catch((error: unknown) => ({
          error,
        }));
      const first = await Promise.all([0, 1, 2].map(settle));
      assertEquals(first.map(codeOf), [undefined, "plugin.crashed", undefined]);
      let last: string | undefined;
      for (let n = 3; n < 20 && last !== "plugin.gave_up"; n += 2) last = codeOf(await settle(n));
      assertEquals(last, "plugin.gave_up");
      assert(logged.includes("error The plugin ended with exit code 3"), JSON.stringify(logged));
    },
    { policy: { limits: { restartsMax: 5 } } },
  ));
