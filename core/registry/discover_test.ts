import { assertEquals, assertMatch, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { discoverComponents } from "./discover.ts";
import { Registry, type RegistryEntry } from "./registry.ts";

/** A module whose default export is a component, as far as the registry looks. */
function moduleOf(kind: string, name: string): string {
  return `export default { component: "${kind}", definition: { name: "${name}" as string } };\n`;
}

async function inProject(
  files: Readonly<Record<string, string>>,
  test: (root: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    }
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function failureOf(root: string, configFile?: string): Promise<FastDistillError> {
  return await assertRejects(() => discoverComponents({ from: root, configFile }), FastDistillError);
}

function namesOf(entries: readonly RegistryEntry[]): readonly string[] {
  return entries.map(({ kind, name }) => `${kind} ${name}`);
}

Deno.test("discoverComponents() finds keys of every kind, scoped or not, and no others", async () => {
  const imports = {
    "fastdistill-provider-mine": "./p.ts",
    "fastdistill-step-clean-sql": "./s.ts",
    "@me/fastdistill-task-rate_it": "./t.ts",
    "@me/fastdistill-step-clean": "jsr:@me/clean@1",
    "fastdistill-step-folder/": "./folder/",
    "fastdistill-other-x": "./x.ts",
    "@me/sub/fastdistill-step-x": "./x.ts",
    "zod": "npm:zod@4",
  };
  await inProject({ "deno.json": JSON.stringify({ imports }) }, async (root) => {
    const entries = await discoverComponents({ from: root });
    assertEquals(namesOf(entries), ["provider mine", "step clean_sql", "task rate_it", "step clean"]);
    assertEquals(entries[2]!.origin, `import map of ${root}/deno.json ("@me/fastdistill-task-rate_it")`);
    assertEquals(entries[1]!.summary, "A step of this project: ./s.ts");
  });
});

Deno.test("discoverComponents() loads a local file on first use, by a path from the file that holds the map", async () => {
  const files = {
    "deno.json": '{ "imports": { "fastdistill-step-mine": "./own/mine.ts" } }',
    "own/mine.ts": moduleOf("step", "mine") + "globalThis.loadedByTheTest = true;\n",
    "pipelines/deep/pipeline.yaml": "",
  };
  await inProject(files, async (root) => {
    const registry = new Registry(await discoverComponents({ from: `${root}/pipelines/deep` }));
    assertEquals("loadedByTheTest" in globalThis, false);
    assertEquals((await registry.load("step", "mine")).definition.name, "mine");
    assertEquals(Reflect.deleteProperty(globalThis, "loadedByTheTest"), true);
  });
});

Deno.test("discoverComponents() says which code a local file is, with all that it imports by path", async () => {
  const files = {
    "deno.json": '{ "imports": { "fastdistill-step-mine": "./own/mine.ts" } }',
    "own/mine.ts": `import "../shared/a.ts";\n// Not import "../shared" or "./gone.ts".\n${
      moduleOf("step", "mine")
    }`,
    "own/beside.ts": "",
    "shared/a.ts": 'export * from "./b.ts";\n',
    "shared/b.ts": "export const B = 1;\n",
  };
  const originIn = async (root: string) => {
    const registry = new Registry(await discoverComponents({ from: root }));
    return (await registry.load("step", "mine")).plugin;
  };
  const origins: unknown[] = [];
  for (const changed of [{}, {}, { "own/beside.ts": "1" }, { "shared/b.ts": "export const B = 2;\n" }]) {
    await inProject({ ...files, ...changed }, async (root) => {
      origins.push(await originIn(root));
    });
  }
  const [first, again, beside, deep] = origins;
  assertMatch(
    JSON.stringify(first),
    /^\{"specifier":"\.\/own\/mine\.ts","integrity":"sha256-[0-9a-f]{64}"\}$/,
  );
  assertEquals([again, beside], [first, first]);
  assertNotEquals(deep, first);
});

Deno.test("discoverComponents() takes absolute paths and file URLs", async () => {
  await inProject({ "a b/mine.ts": moduleOf("step", "mine") }, async (root) => {
    for (const target of [`${root}/a b/mine.ts`, `file://${root}/a%20b/mine.ts`]) {
      await Deno.writeTextFile(
        `${root}/deno.json`,
        JSON.stringify({ imports: { "fastdistill-step-mine": target } }),
      );
      const registry = new Registry(await discoverComponents({ from: root }));
      assertEquals((await registry.load("step", "mine")).definition.name, "mine", target);
    }
  });
});

Deno.test("discoverComponents() reads comments and trailing commas", async () => {
  const text = '\uFEFF{\n  // mine\n  "imports": { /* own */ "fastdistill-step-mine": "./m.ts", },\n}\n';
  await inProject({ "deno.jsonc": text }, async (root) => {
    assertEquals(namesOf(await discoverComponents({ from: root })), ["step mine"]);
  });
});

Deno.test("discoverComponents() takes the nearest file, and deno.json before the others beside it", async () => {
  const map = (name: string) => `{ "imports": { "fastdistill-step-${name}": "./x.ts" } }`;
  const files = {
    "deno.json": map("outer"),
    "inner/deno.jsonc": map("inner"),
    "inner/import_map.json": map("beside"),
    "only/import_map.json": map("map"),
  };
  await inProject(files, async (root) => {
    const found = async (from: string) => namesOf(await discoverComponents({ from: `${root}/${from}` }));
    assertEquals(await found("inner"), ["step inner"]);
    assertEquals(await found("inner/further/down"), ["step inner"]);
    assertEquals(await found("only"), ["step map"]);
    assertEquals(await found("elsewhere"), ["step outer"]);
  });
});

Deno.test("discoverComponents() follows importMap, and resolves against the file that holds the imports", async () => {
  const files = {
    "deno.json": '{ "importMap": "./maps/map%20one.json" }',
    "maps/map one.json": '{ "imports": { "fastdistill-step-mine": "./mine.ts" } }',
    "maps/mine.ts": moduleOf("step", "mine"),
  };
  await inProject(files, async (root) => {
    const [entry] = await discoverComponents({ from: root });
    assertEquals(entry!.origin, `import map of ${root}/maps/map one.json ("fastdistill-step-mine")`);
    assertEquals((await entry!.load()).definition.name, "mine");
  });
});

Deno.test("discoverComponents() looks at importMap only where there are no imports, and fetches none", async () => {
  await inProject({
    "a/deno.json": '{ "imports": {}, "importMap": "./gone.json" }',
    "b/deno.json": '{ "importMap": "https://example.test/map.json" }',
    "c/deno.json": '{ "importMap": "./gone.json" }',
    "d/deno.json": '{ "importMap": 7 }',
  }, async (root) => {
    assertEquals(await discoverComponents({ from: `${root}/a` }), []);
    assertEquals(await discoverComponents({ from: `${root}/b` }), []);
    const gone = await failureOf(`${root}/c`);
    assertEquals([gone.code, gone.message], [
      "config.file_not_found",
      `Cannot read the import map ${root}/c/gone.json`,
    ]);
    assertEquals((await failureOf(`${root}/d`)).location?.path, "importMap");
  });
});

Deno.test("discoverComponents() reads the file that it is told to, and says when it is not there", async () => {
  const files = {
    "deno.json": '{ "imports": { "fastdistill-step-near": "./x.ts" } }',
    "other.json": '{ "imports": { "fastdistill-step-other": "./x.ts" } }',
  };
  await inProject(files, async (root) => {
    const entries = await discoverComponents({ from: root, configFile: `${root}/other.json` });
    assertEquals(namesOf(entries), ["step other"]);
    assertEquals((await failureOf(root, `${root}/gone.json`)).code, "config.file_not_found");
  });
});

Deno.test("discoverComponents() is content with a project that has no imports", async () => {
  await inProject(
    { "deno.json": "{}" },
    async (root) => assertEquals(await discoverComponents({ from: root }), []),
  );
});

Deno.test("discoverComponents() names file, line and column of what it cannot read", async () => {
  const cases: readonly (readonly [string, string, number, number, string])[] = [
    ['{\n  "imports": {,}\n}', "config.syntax", 2, 15, "value expected"],
    ["", "config.syntax", 1, 1, "value expected"],
    ["[]", "config.invalid_value", 1, 1, "an import map is an object, found a list"],
    ['{\n "imports": null\n}', "config.invalid_value", 2, 13, "imports is an object, found null"],
    ['{"imports": {\n "a": 7}}', "config.invalid_value", 2, 7, '"a" leads to a text, found a number'],
    [
      '{"imports": {\n "fastdistill-step-No!": "./x.ts"}}',
      "config.invalid_value",
      2,
      26,
      '"fastdistill-step-No!" names a step "No!"',
    ],
  ];
  for (const [text, code, line, column, message] of cases) {
    await inProject({ "deno.json": text }, async (root) => {
      const error = await failureOf(root);
      assertEquals([error.code, error.location?.line, error.location?.column], [code, line, column], text);
      assertStringIncludes(error.message, `${root}/deno.json:${line}:${column}: `);
      assertStringIncludes(error.message, message);
    });
  }
});

Deno.test("discoverComponents() does not load what is no module that can be had, and says so on use", async () => {
  const targets = [
    "data:text/javascript,1",
    "bare",
    null,
  ];
  for (const target of targets) {
    const text = JSON.stringify({ imports: { "fastdistill-step-x": target } });
    await inProject({ "deno.json": text }, async (root) => {
      const registry = new Registry(await discoverComponents({ from: root }));
      const error = await assertRejects(() => registry.load("step", "x"), FastDistillError);
      assertEquals(error.code, "registry.load_failed");
      assertStringIncludes(error.message, `"fastdistill-step-x" leads to ${JSON.stringify(target)}`);
      const isAddress = target !== null && target !== "bare";
      assertStringIncludes(
        error.message,
        isAddress ? "components come from files, jsr:, npm: or https:" : "is no address",
      );
    });
  }
});

Deno.test("discoverComponents() says which key leads to a module that fails", async () => {
  const files = {
    "deno.json": JSON.stringify({
      imports: {
        "fastdistill-step-gone": "./gone.ts",
        "fastdistill-step-throws": "./throws.ts",
        "fastdistill-step-empty": "./empty.ts",
      },
    }),
    "throws.ts": 'throw new Error("thrown at the top.");\n',
    "empty.ts": "export const nothing = 1;\n",
  };
  await inProject(files, async (root) => {
    const registry = new Registry(await discoverComponents({ from: root }));
    const failure = (name: string) => assertRejects(() => registry.load("step", name), FastDistillError);
    const gone = await failure("gone");
    assertEquals(gone.code, "registry.load_failed");
    assertStringIncludes(gone.message, `of ${root}/deno.json: "fastdistill-step-gone" leads to "./gone.ts"`);
    const throws = await failure("throws");
    assertStringIncludes(throws.message, "which does not load: thrown at the top");
    assertEquals((throws.cause as Error).message, "thrown at the top.");
    assertEquals(throws.location?.path, "imports.fastdistill-step-throws");
    const empty = await failure("empty");
    assertEquals(empty.code, "registry.invalid_component");
    assertStringIncludes(empty.message, `from import map of ${root}/deno.json ("fastdistill-step-empty")`);
  });
});

Deno.test("discoverComponents() collides with a built-in, or with itself, by naming both sides", async () => {
  const imports = { "fastdistill-step-a-b": "./x.ts", "@me/fastdistill-step-a_b": "./y.ts" };
  await inProject({ "deno.json": JSON.stringify({ imports }) }, async (root) => {
    const entries = await discoverComponents({ from: root });
    const builtIn: RegistryEntry = { ...entries[0]!, origin: "built-in" };
    for (const [first, second] of [[builtIn, entries[0]!], [entries[0]!, entries[1]!]] as const) {
      const registry = new Registry([first]);
      const error = await assertRejects(
        () => Promise.resolve().then(() => registry.add(second)),
        FastDistillError,
      );
      assertEquals(error.code, "registry.duplicate");
      assertStringIncludes(error.message, `a step from ${first.origin}, and a step from ${second.origin}`);
    }
  });
});
