import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { discoverComponents, FastDistillError, Registry } from "@fastdistill/core";
import { pluginModule, WORDS } from "./_plugin_sources.ts";

interface Remote {
  readonly registry: () => Promise<Registry>;
  readonly paths: string[];
  readonly root: string;
}

/** A project whose plugin is on a server, in two modules, and which no run has fetched before. */
async function withRemote(test: (remote: Remote) => Promise<void>): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const paths: string[] = [];
  const text = pluginModule(WORDS).replace("export default", `import "./beside.js";\nexport default`);
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, ({ url }) => {
    const { pathname } = new URL(url);
    paths.push(pathname);
    const headers = { "content-type": "text/javascript" };
    return new Response(pathname.endsWith("/beside.js") ? "export {};" : text, { headers });
  });
  const { port } = server.addr as Deno.NetAddr;
  try {
    const target = `http://127.0.0.1:${port}/${crypto.randomUUID()}@1.2.3/mod.js`;
    const imports = { "fastdistill-step-word-size": target };
    await Deno.writeTextFile(`${root}/deno.json`, JSON.stringify({ imports }));
    await test({ root, paths, registry: async () => new Registry(await discoverComponents({ from: root })) });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("a plugin from a server is fetched before it runs, and runs in a sandbox that fetches nothing", () =>
  withRemote(async ({ root, registry, paths }) => {
    const { plugin, definition } = await (await registry()).load("step", "word_size");
    assertEquals(definition.summary, "Measures a word");
    assertEquals(paths.map((path) => path.split("/").at(-1)), ["mod.js", "beside.js"]);
    assertEquals(plugin?.version, "1.2.3");
    assertMatch(plugin!.integrity, /^sha256-[0-9a-f]{64}$/);
    await (await registry()).load("step", "word_size");
    assertEquals(paths.length, 2);
    const lock = JSON.parse(await Deno.readTextFile(`${root}/fastdistill.lock`));
    assertEquals(lock.plugins.word_size.integrity, plugin!.integrity);
  }));

Deno.test("a plugin from a server that is not the code that was locked is refused", () =>
  withRemote(async ({ root, registry }) => {
    await (await registry()).load("step", "word_size");
    const path = `${root}/fastdistill.lock`;
    const lock = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, lock.replace(/sha256-[0-9a-f]{8}/, "sha256-00000000"));
    const error = await assertRejects(
      async () => await (await registry()).load("step", "word_size"),
      FastDistillError,
    );
    assertEquals(error.code, "plugin.changed");
    assertStringIncludes(error.hint!, "plugins grant word_size");
  }));
