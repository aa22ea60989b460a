import { assertEquals } from "@std/assert";
import type { GraphModule, GraphPackage, ModuleGraph } from "./_deno_graph.ts";
import { ownModules } from "./_own_modules.ts";

const ROOT = "https://plugins.example/mod.ts";

/** A plugin that imports what is given, as written and as resolved, each of which imports a module of its own. */
function graphOf(
  imports: Readonly<Record<string, string>>,
  packages: Readonly<Record<string, GraphPackage>> = {},
): ModuleGraph {
  const targets = Object.values(imports);
  const modules: GraphModule[] = [
    {
      specifier: ROOT,
      dependencies: Object.entries(imports).map(([specifier, code]) => ({
        specifier,
        code: { specifier: code },
      })),
    },
    ...targets.map((specifier): GraphModule => ({
      specifier,
      ...(specifier.startsWith("npm:/") ? { npmPackage: specifier.slice(5).split("/")[0]! } : {}),
      dependencies: [{ specifier: "./beside.ts", code: { specifier: `${specifier}/beside.ts` } }],
    })),
    ...targets.map((specifier): GraphModule => ({ specifier: `${specifier}/beside.ts` })),
  ];
  return {
    roots: [ROOT],
    modules: new Map(modules.map((module) => [module.specifier, module])),
    packages: new Map(Object.entries(packages)),
    resolve: (specifier) => specifier,
  };
}

function ownOf(imports: Readonly<Record<string, string>>): readonly string[] {
  return ownModules(graphOf(imports)).own.map(({ specifier }) => specifier);
}

Deno.test("ownModules() leaves out the core by whatever name it is imported, and what it imports", () => {
  const target = "https://registry.example/@fastdistill/core/0.1.0/define.ts";
  for (
    const written of [
      "@fastdistill/core",
      "@fastdistill/core/define",
      "jsr:@fastdistill/core@^0.1.0/define",
      "jsr:/@fastdistill/core@0.1.0",
      "fastdistill/core/define",
      "npm:fastdistill@^0.1.0/core/define",
    ]
  ) assertEquals(ownOf({ [written]: target }), [ROOT], written);
  const here = new URL("../define.ts", import.meta.url).href;
  assertEquals(ownOf({ "../../core/define.ts": here }), [ROOT]);
});

Deno.test("ownModules() counts what only looks like the core", () => {
  for (
    const written of [
      "https://evil.example/@fastdistill/core/0.1.0/define.ts",
      "jsr:@evil/core@1/define",
      "jsr:@fastdistill/core-evil@1",
      "@fastdistill/core/../evil.ts",
      "./@fastdistill/core/define",
      "npm:fastdistill-evil@1/core/define",
    ]
  ) {
    const target = "https://evil.example/mod.ts";
    assertEquals(ownOf({ [written]: target }), [target, `${target}/beside.ts`, ROOT], written);
  }
});

Deno.test("ownModules() counts a module that is reached both through the core and beside it", () => {
  const shared = "https://a.example/shared.ts";
  const { own, core } = ownModules(
    graphOf({ "@fastdistill/core": shared, "./shared.ts": `${shared}/beside.ts` }),
  );
  assertEquals(own.map(({ specifier }) => specifier), [`${shared}/beside.ts`, ROOT]);
  assertEquals(core.map(({ specifier }) => specifier), [shared]);
});

Deno.test("ownModules() counts npm packages and what they need, apart from those of the core", () => {
  const packageOf = (name: string, dependencies: readonly string[] = []): GraphPackage => ({
    name,
    version: "1.0.0",
    dependencies,
  });
  const { packages } = ownModules(graphOf(
    { "npm:a@1": "npm:/a@1.0.0", "npm:fastdistill@1/core/define": "npm:/fastdistill@1.0.0/core/define" },
    {
      "a@1.0.0": packageOf("a", ["b@1.0.0", "fastdistill@1.0.0"]),
      "b@1.0.0": packageOf("b", ["a@1.0.0"]),
      "fastdistill@1.0.0": packageOf("fastdistill", ["c@1.0.0"]),
      "c@1.0.0": packageOf("c"),
    },
  ));
  assertEquals(packages, ["a@1.0.0", "b@1.0.0"]);
});
