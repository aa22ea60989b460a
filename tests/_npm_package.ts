import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { buildNpm } from "../scripts/build_npm.ts";
import { npmInstall } from "./_node_releases.ts";
import { runProcess } from "./_process.ts";

/** Builds, packs and installs the npm package into an empty folder below this one, which is returned. */
export async function installTarball(folder: string): Promise<string> {
  const [built, consumer] = [join(folder, "built"), join(folder, "consumer")];
  await buildNpm(built);
  const packed = await runProcess(["npm", "pack", "--json", "--pack-destination", folder], { cwd: built });
  const [{ filename, files }] = JSON.parse(packed.stdout) as [
    { filename: string; files: { path: string }[] },
  ];
  const paths = files.map((file) => file.path);
  assert(paths.includes("LICENSE"), "the tarball has no LICENSE");
  assertEquals(paths.filter((path) => /_test\.|_bench\.|_fixtures|^compat/.test(path)), []);
  await Deno.mkdir(consumer);
  await Deno.writeTextFile(join(consumer, "package.json"), '{ "private": true, "type": "module" }\n');
  await npmInstall(consumer, [join(folder, filename)]);
  return consumer;
}
