import { assertEquals, assertNotEquals } from "@std/assert";
import { folderDigest, pluginDigest } from "./_plugin_digest.ts";

const url = new URL("https://plugins.example/mod.js");

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const digestOf = (local: string) =>
  pluginDigest({ url, modules: [{ specifier: url.href, local }], packages: [] });

Deno.test("pluginDigest() leaves out what Deno notes down of a download, and nothing else", () =>
  withFolder(async (folder) => {
    const write = async (name: string, text: string) => {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      return await digestOf(`${folder}/${name}`);
    };
    const note = (time: number) => `\n// denoCacheMetadata={"headers":{},"time":${time}}`;
    const first = await write("a", `export {};${note(1)}`);
    assertEquals(await write("b", `export {};${note(2)}`), first);
    assertEquals(await write("c", "export {};"), first);
    assertNotEquals(await write("d", `export {}; ${note(1)}`), first);
    // A module that holds such a line itself.
    const forged = await write("e", `export {};${note(3)}\nevil();${note(1)}`);
    assertNotEquals(forged, first);
  }));

Deno.test("pluginDigest() holds what the registry says of the archive of an npm package", () =>
  withFolder(async (folder) => {
    const localPath = `${folder}/1.0.0`;
    await Deno.mkdir(localPath);
    await Deno.writeTextFile(`${localPath}/index.js`, "export {};");
    const digest = () =>
      pluginDigest({
        url: new URL("npm:a@1"),
        modules: [],
        packages: [{ name: "a", version: "1.0.0", dependencies: [], localPath }],
      });
    const listing = (integrity: string) =>
      Deno.writeTextFile(
        `${folder}/registry.json`,
        JSON.stringify({ versions: { "1.0.0": { dist: { integrity } } } }),
      );
    const unlisted = await digest();
    await listing("sha512-a");
    const listed = await digest();
    await listing("sha512-b");
    assertEquals(new Set([unlisted, listed, await digest()]).size, 3);
  }));

Deno.test("folderDigest() changes with a file's name and with its bytes", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/sub`);
    await Deno.writeTextFile(`${folder}/sub/a.js`, "1");
    const first = await folderDigest(folder);
    await Deno.writeTextFile(`${folder}/sub/a.js`, "2");
    const second = await folderDigest(folder);
    await Deno.rename(`${folder}/sub/a.js`, `${folder}/a.js`);
    assertEquals(new Set([first, second, await folderDigest(folder)]).size, 3);
  }));
