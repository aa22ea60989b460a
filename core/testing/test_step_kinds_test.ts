import { assertRejects, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import type { Row } from "../record/mod.ts";
import {
  defineStep,
  type KeyedRow,
  type Outcome,
  pass,
  type SinkRunner,
  type SourceRunner,
  type StepComponent,
  type StepDefinition,
  type StepSetup,
} from "../step/mod.ts";
import type { StepCase } from "./_case_problems.ts";
import { testStep } from "./test_step.ts";

const ROWS: readonly Row[] = [{ a: 1 }, { a: 2 }, { a: 3 }];
const BASE = {
  name: "tested",
  version: 1,
  summary: "A test step",
  config: z.strictObject({}),
  columns: () => ({}),
} as const;

type Kind<K extends StepDefinition<unknown>["kind"]> = Extract<StepDefinition<unknown>, { readonly kind: K }>;

function source(runner: Partial<SourceRunner> = {}): StepComponent {
  const rows = async function* () {
    yield* ROWS;
  };
  const columns = () => ({ adds: { a: "number" as const } });
  return defineStep({ ...BASE, columns, kind: "source", open: () => ({ rows, ...runner }) });
}

function ordered(open: Kind<"ordered">["open"]): StepComponent {
  return defineStep({ ...BASE, kind: "ordered", open });
}

function batch(process: (rows: readonly Row[]) => readonly Outcome[], batchSize = 2): StepComponent {
  const open = () => ({ process: (rows: readonly Row[]) => Promise.resolve(process(rows)) });
  return defineStep({ ...BASE, kind: "batch", batchSize: () => batchSize, open });
}

function global(change: (rows: readonly KeyedRow[]) => readonly KeyedRow[] = (rows) => rows): StepComponent {
  const process = async function* (rows: AsyncIterable<KeyedRow>) {
    for (const { rowId, row } of change(await Array.fromAsync(rows))) yield { rowId, outcome: pass(row) };
  };
  return defineStep({ ...BASE, kind: "global", open: () => ({ process }) });
}

/** Writes a file of JSON lines, and is changed by what it is given. */
function sink(
  change: (runner: SinkRunner, setup: StepSetup) => Partial<SinkRunner> = () => ({}),
): StepComponent {
  const open = async (_: unknown, setup: StepSetup) => {
    const file = await setup.outputs.create("rows.jsonl");
    let rows = 0;
    const runner: SinkRunner = {
      write: async (row) => {
        await file.write(`${JSON.stringify(row)}\n`);
        rows++;
      },
      close: async () => ({ files: [{ ...await file.commit(), rows }] }),
      abort: () => file.abort(),
    };
    return { ...runner, ...change(runner, setup) };
  };
  return defineStep({ ...BASE, kind: "sink", open });
}

function asking(needs: "embedding" | "rerank" | undefined): StepComponent {
  return defineStep({
    ...BASE,
    ...(needs === undefined ? {} : { needs }),
    kind: "row",
    columns: () => ({ adds: { v: "array" } }),
    open: () => ({
      process: async (row, { models }) => pass({ ...row, v: (await models!.embed(["text"]))[0]! }),
    }),
  });
}

Deno.test("testStep() accepts a step of every kind that keeps the contract", async () => {
  const cases: readonly StepCase[] = [{ rows: ROWS }, { rows: [] }];
  await testStep(source(), [{}]);
  await testStep(source({ count: () => Promise.resolve(3) }), [{}]);
  await testStep(ordered(() => ({ process: pass })), cases);
  await testStep(batch((rows) => rows.map((row) => pass(row))), cases);
  await testStep(global(), cases);
  await testStep(global((rows) => rows.toReversed()), cases);
  await testStep(sink(), cases);
  await testStep(asking("embedding"), cases);
});

let opened = 0;

/** Doubles that are broken on purpose: each by its name, and what the suite says of it. */
const BROKEN: Readonly<Record<string, readonly [StepComponent, string]>> = {
  sourceThatMiscounts: [
    source({ count: () => Promise.resolve(2) }),
    "says that it gives 2 rows, and gives 3",
  ],
  sourceOfOtherRowsEachTime: [
    source({
      rows: async function* () {
        yield { a: opened++ };
      },
    }),
    "the same input gave other output again",
  ],
  sourceOfColumnsThatItDoesNotState: [
    source({
      rows: async function* () {
        yield { a: 1, b: 2 };
      },
    }),
    'has the column "b"',
  ],
  sourceOfRowsThatAreNoJson: [
    source({
      rows: async function* () {
        yield { a: Number.NaN };
      },
    }),
    "is not JSON",
  ],
  orderedStepThatRemembersOtherRuns: [
    ordered(() => ({ process: () => pass({ a: opened++ }) })),
    "the same input gave other output again",
  ],
  batchStepThatLosesARow: [batch((rows) => rows.slice(1).map((row) => pass(row))), "was given 1 outcomes"],
  batchStepThatGivesARowTwice: [
    batch((rows) => [...rows, rows[0]!].map((row) => pass(row))),
    "was given 3 outcomes",
  ],
  batchStepWithoutRoom: [batch((rows) => rows.map((row) => pass(row)), 0), "at least one row"],
  batchStepThatChangesItsRows: [
    batch((rows) =>
      rows.map((row) => {
        Object.assign(row, { a: 5 });
        return pass(row);
      })
    ),
    "Cannot assign to read only property",
  ],
  globalStepThatLosesARow: [global((rows) => rows.slice(1)), "answered for 2 of 3 rows"],
  globalStepThatAnswersTwice: [global((rows) => [...rows, rows[0]!]), "for a row that it does not have"],
  globalStepThatInventsARow: [
    global((rows) => [...rows, { rowId: "invented", row: { a: 4 } }]),
    "a row that it does not have: invented",
  ],
  sinkThatReportsAFileThatIsNotThere: [
    sink((runner) => ({
      close: async () => {
        const { files } = await runner.close();
        return { files: [...files, { ...files[0]!, path: "other.jsonl" }] };
      },
    })),
    'names the file "other.jsonl", which is not there',
  ],
  sinkThatKeepsAFileToItself: [
    sink((runner) => ({
      close: async () => {
        await runner.close();
        return { files: [] };
      },
    })),
    'the file "rows.jsonl" is not in the report',
  ],
  sinkThatLiesAboutDigests: [
    sink((runner) => ({
      close: async () => ({ files: (await runner.close()).files.map((file) => ({ ...file, sha256: "0" })) }),
    })),
    'another digest of "rows.jsonl"',
  ],
  sinkThatLiesAboutSizes: [
    sink((runner) => ({
      close: async () => ({ files: (await runner.close()).files.map((file) => ({ ...file, size: 1 })) }),
    })),
    'says 1 bytes of "rows.jsonl"',
  ],
  sinkThatLeavesAFileBehind: [
    sink((runner) => ({
      abort: async () => {
        await runner.close();
      },
    })),
    "cut off leaves files behind: rows.jsonl",
  ],
  sinkThatWritesOtherTextEachTime: [
    sink((runner) => ({ write: (_, context) => runner.write({ a: opened++ }, context) })),
    "the same input gave other output again",
  ],
  stepThatDoesNotSayThatItAsksAModel: [asking(undefined), "The step threw"],
  stepThatAsksForSomethingElse: [asking("rerank"), "it asks for embedding, and states that it needs rerank"],
};

Deno.test("testStep() finds what breaks the contract of each kind", async (t) => {
  for (const [name, [component, expected]] of Object.entries(BROKEN)) {
    await t.step(name, async () => {
      const error = await assertRejects(() => testStep(component, [{ rows: ROWS }]), Error);
      assertStringIncludes(error.message, expected);
    });
  }
});

Deno.test("testStep() gives a step the answers of the case instead of those of the double", async () => {
  const models = { embed: () => [Number.NaN] };
  const error = await assertRejects(() => testStep(asking("embedding"), [{ rows: ROWS, models }]), Error);
  assertStringIncludes(error.message, "breaks the contract");
});
