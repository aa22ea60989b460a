import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { type Component, type ComponentKind, Registry, type RegistryEntry } from "./registry.ts";

/** A component with no more to it than the registry looks at. */
function component(kind: ComponentKind, name: string): Component {
  return { component: kind, definition: { name } } as unknown as Component;
}

function entry(kind: ComponentKind, name: string, fields: Partial<RegistryEntry> = {}): RegistryEntry {
  return {
    kind,
    name,
    summary: `The ${kind} ${name}`,
    origin: "built-in",
    load: () => Promise.resolve(component(kind, name)),
    ...fields,
  };
}

function errorOf(act: () => unknown): FastDistillError {
  return assertThrows(act, FastDistillError);
}

Deno.test("Registry.list() gives the entries by kind and name, and loads nothing", () => {
  let loads = 0;
  const load = () => Promise.resolve(component("step", String(loads++)));
  const registry = new Registry([
    entry("task", "rate", { load }),
    entry("step", "select", { load }),
    entry("provider", "replay", { load }),
    entry("step", "clean", { load }),
  ]);
  const names = (kind?: ComponentKind) => registry.list(kind).map(({ name }) => name);
  assertEquals(names(), ["replay", "clean", "select", "rate"]);
  assertEquals([names("provider"), names("step"), names("task")], [["replay"], ["clean", "select"], [
    "rate",
  ]]);
  assertEquals(loads, 0);
});

Deno.test("Registry.load() loads once, on first use, also when two ask at the same moment", async () => {
  let loads = 0;
  const registry = new Registry([
    entry("step", "select", {
      load: () => {
        loads++;
        return Promise.resolve(component("step", "select"));
      },
    }),
  ]);
  const [first, second] = await Promise.all([
    registry.load("step", "select"),
    registry.load("step", "select"),
  ]);
  assertEquals([loads, first === second, first === await registry.load("step", "select")], [1, true, true]);
});

Deno.test("Registry.load() finds tasks where steps are asked for, and loads them once", async () => {
  let loads = 0;
  const load = () => Promise.resolve(component("task", `rate${loads++ === 0 ? "" : loads}`));
  const registry = new Registry([entry("task", "rate", { load })]);
  assertEquals((await registry.load("step", "rate")).component, "task");
  assertEquals((await registry.load("task", "rate")).component, "task");
  assertEquals(loads, 1);
});

Deno.test("Registry lets a provider and a step share a name", async () => {
  const registry = new Registry([entry("provider", "replay"), entry("step", "replay")]);
  assertEquals((await registry.load("provider", "replay")).component, "provider");
  assertEquals((await registry.load("step", "replay")).component, "step");
});

Deno.test("Registry.add() refuses a second claim to a name and names both origins", () => {
  const registry = new Registry([entry("step", "select")]);
  const error = errorOf(() => registry.add(entry("task", "select", { origin: "somewhere else" })));
  assertEquals(error.code, "registry.duplicate");
  assertEquals(
    error.message,
    'Two components claim the name "select": a step from built-in, and a task from somewhere else',
  );
  assertEquals(registry.list().map(({ kind }) => kind), ["step"]);
});

Deno.test("Registry.find() proposes the nearest name, of the right kind", () => {
  const registry = new Registry([
    entry("step", "dedup_exact"),
    entry("task", "rate"),
    entry("provider", "dedup_exat"),
  ]);
  const error = errorOf(() => registry.find("step", "dedup_exact_"));
  assertEquals(error.code, "registry.not_found");
  assertEquals(error.message, 'No step is named "dedup_exact_"; did you mean "dedup_exact"?');
  assertEquals(error.hint, "Known: dedup_exact, rate");
  assertEquals(errorOf(() => registry.find("step", "zzz")).message, 'No step is named "zzz"');
  assertEquals(errorOf(() => new Registry().find("provider", "x")).hint, undefined);
});

Deno.test("Registry.find() says when a name is of another kind", () => {
  const registry = new Registry([entry("provider", "replay"), entry("task", "rate")]);
  const step = errorOf(() => registry.find("step", "replay"));
  assertEquals([step.code, step.message], [
    "registry.wrong_kind",
    '"replay" is a provider, and a step is needed here',
  ]);
  const provider = errorOf(() => registry.find("provider", "rate"));
  assertEquals([provider.code, provider.message], [
    "registry.wrong_kind",
    '"rate" is a task, and a provider is needed here',
  ]);
});

Deno.test("Registry.load() refuses what is not the component that was announced", async () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [undefined, "does not export a step as its default export"],
    [null, "does not export a step as its default export"],
    [7, "does not export a step as its default export"],
    [{}, "does not export a step as its default export"],
    [{ component: "step" }, "does not export a step as its default export"],
    [{ component: "step", definition: null }, "does not export a step as its default export"],
    [component("task", "mine"), "does not export a step as its default export"],
    [component("step", "yours"), 'calls itself "yours"'],
  ];
  for (const [found, message] of cases) {
    const load = () => Promise.resolve(found as Component);
    const registry = new Registry([entry("step", "mine", { load, origin: "the test" })]);
    const error = await assertRejects(() => registry.load("step", "mine"), FastDistillError);
    assertEquals([error.code, error.message], [
      "registry.invalid_component",
      `The step "mine" from the test ${message}`,
    ]);
  }
});

Deno.test("Registry.load() says whose module failed, and keeps the cause", async () => {
  const cause = new SyntaxError("boom");
  const registry = new Registry([
    entry("step", "mine", { load: () => Promise.reject(cause), origin: "the test" }),
  ]);
  const error = await assertRejects(() => registry.load("step", "mine"), FastDistillError);
  assertEquals([error.code, error.cause], ["registry.load_failed", cause]);
  assertStringIncludes(error.message, 'the step "mine" from the test');
});

Deno.test("Registry.load() passes on an error that already says what is wrong", async () => {
  const own = new FastDistillError("registry.load_failed", "Cannot load it");
  const registry = new Registry([entry("step", "mine", { load: () => Promise.reject(own) })]);
  assertEquals(await assertRejects(() => registry.load("step", "mine")), own);
});

Deno.test("Registry instances know nothing of each other", () => {
  const [one, other] = [new Registry([entry("step", "select")]), new Registry()];
  assertEquals([one.list().length, other.list().length], [1, 0]);
});
