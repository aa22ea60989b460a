/**
 * Every built-in component goes through the contract suite of its kind, the same that authors of plugins have: a step
 * through `testStep`, a task through `testTask`, a provider through `testProvider` for each thing that it can do.
 *
 * @module
 */
import { Registry } from "@fastdistill/core";
import { builtinProviders } from "@fastdistill/providers/builtin";
import { builtinSteps } from "@fastdistill/steps/builtin";
import { assertEquals } from "@std/assert";
import { isTest, listFiles, readText, ROOT } from "../scripts/_tree.ts";

const SUITES = { step: "testStep", task: "testTask" } as const;

/**
 * What the tests of components run, as `testStep write_sft` and `testProvider replay chat`: by the module that a component
 * is imported from, directly or by way of a table whose entries have it under `step`.
 */
function contractRuns(tests: readonly string[]): ReadonlySet<string> {
  const runs = new Set<string>();
  for (const text of tests) {
    for (const [, name, path] of text.matchAll(/^import (\w+) from "\.\/(?:[\w/]+\/)?(\w+)\.ts";$/gm)) {
      for (const suite of Object.values(SUITES)) {
        const isDirect = new RegExp(`\\b${suite}\\(\\s*${name}\\b`).test(text);
        const isInTable = new RegExp(`\\b${suite}\\(\\s*step\\b`).test(text) &&
          new RegExp(`\\bstep: ${name}\\b`).test(text);
        if (isDirect || isInTable) runs.add(`${suite} ${path}`);
      }
    }
    for (const [, name, options] of text.matchAll(/\btestProvider\("(\w+)", \{(.*?)^ *\}\);$/gms)) {
      const isOfList = /^ *capability,$/m.test(options!);
      const list = isOfList ? /of \[((?:"\w+",? ?)+)\] as const/.exec(text)?.[1] ?? "" : '"chat"';
      for (const [, capability] of list.matchAll(/"(\w+)"/g)) runs.add(`testProvider ${name} ${capability}`);
    }
  }
  return runs;
}

/** What has to be run for the built-in components. */
async function contractsWanted(): Promise<readonly string[]> {
  const entries = [...builtinSteps, ...builtinProviders];
  const registry = new Registry(entries);
  const wanted: string[] = [];
  for (const { kind, name } of entries) {
    if (kind !== "provider") wanted.push(`${SUITES[kind]} ${name}`);
    else {
      const { component, definition } = await registry.load(kind, name);
      const capabilities = component === "provider" ? definition.capabilities : [];
      wanted.push(...capabilities.map((capability) => `testProvider ${name} ${capability}`));
    }
  }
  return wanted;
}

Deno.test("built-in components keep the contract: each has a run of the suite of its kind", async () => {
  const isOfComponent = (path: string) => /^(?:steps|providers)\//.test(path) && isTest(path);
  const files = await listFiles(ROOT, isOfComponent);
  const runs = contractRuns(await Promise.all(files.map(async (path) => await readText(ROOT, path) ?? "")));
  assertEquals((await contractsWanted()).filter((one) => !runs.has(one)), []);
});

Deno.test("contractRuns() finds runs of suites, and takes nothing else for one", () => {
  const step = 'import sort from "./sort.ts";\n';
  const provider = (options: string) => `testProvider("x", {\n${options}});\n`;
  const cases: readonly (readonly [string, readonly string[]])[] = [
    [`${step}await testStep(sort, [{}]);`, ["testStep sort"]],
    [`${step}await testTask(\n  sort,\n);`, ["testTask sort"]],
    [`${step}const ALL = [{ step: sort }];\nfor (const { step } of ALL) await testStep(step, []);`, [
      "testStep sort",
    ]],
    [`${step}await runStep(sort);`, []],
    [`${step}await testStep(sorted, []);`, []],
    [provider("  make,\n"), ["testProvider x chat"]],
    [
      `for (const capability of ["embedding", "rerank"] as const) {\n  ${provider("    capability,\n  ")}}`,
      ["testProvider x embedding", "testProvider x rerank"],
    ],
  ];
  for (const [text, expected] of cases) assertEquals([...contractRuns([text])], expected, text);
});
