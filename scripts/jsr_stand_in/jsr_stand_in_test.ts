import { assertEquals } from "@std/assert";
import { startJsrStandIn } from "./jsr_stand_in.ts";

/** Runs Deno in a folder against a registry, without the caches of this machine. */
async function denoIn(
  folder: string,
  args: readonly string[],
  { url, cache }: { readonly url: string; readonly cache: string },
): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: folder,
    env: { JSR_URL: url, DENO_DIR: cache, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (code !== 0) throw new Error(`deno ${args.join(" ")} ended with ${code}: ${text}`);
  return text;
}

async function writePackage(folder: string, { name, exports, files }: {
  readonly name: string;
  readonly exports: string | Record<string, string>;
  readonly files: Record<string, string>;
}): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const config = { name, version: "1.2.3", license: "MIT", exports };
  for (const [path, text] of Object.entries({ "deno.json": JSON.stringify(config), ...files })) {
    await Deno.writeTextFile(`${folder}/${path}`, text);
  }
}

Deno.test("startJsrStandIn() takes what is published and serves it to a stranger", async () => {
  await using registry = startJsrStandIn();
  const folder = await Deno.makeTempDir();
  // Not in the folder of the package: what is published would hold the files of the cache, which come and go.
  const caches = { url: registry.url, cache: `${folder}/.cache` };
  try {
    await writePackage(`${folder}/a`, {
      name: "@demo/a",
      exports: { ".": "./mod.ts", "./twice": "./twice.ts" },
      files: { "mod.ts": "export const ONE: number = 1;\n", "twice.ts": "export const TWO: number = 2;\n" },
    });
    await denoIn(`${folder}/a`, ["publish", "--allow-dirty", "--token", "x", "--no-check"], caches);
    assertEquals(registry.published(), ["@demo/a@1.2.3"]);
    assertEquals(registry.readText("@demo/a@1.2.3", "/mod.ts"), "export const ONE: number = 1;\n");
    const program =
      'import { ONE } from "jsr:@demo/a@1"; import { TWO } from "jsr:@demo/a@^1.2.0/twice"; console.log(ONE + TWO);';
    assertEquals((await denoIn(folder, ["eval", "-q", program], caches)).trim(), "3");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("startJsrStandIn() knows no package before it is published", async () => {
  await using registry = startJsrStandIn();
  for (const path of ["@demo/a/meta.json", "@demo/a/1.0.0_meta.json", "@demo/a/1.0.0/mod.ts"]) {
    const response = await fetch(registry.url + path);
    await response.body?.cancel();
    assertEquals(response.status, 404, path);
  }
});
