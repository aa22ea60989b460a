import { isAbsolute, join } from "node:path";
import { nodePackage, npmInstall } from "../../tests/_node_releases.ts";
import { ROOT } from "../_tree.ts";

/** The program of a version of Deno or Node: this Deno, a path that is given, or a package of npm kept in `.cache/`. */
export async function releaseOf(runtime: "deno" | "node", version: string): Promise<string> {
  if (runtime === "deno" && version === Deno.version.deno) return Deno.execPath();
  if (isAbsolute(version)) return version;
  const folder = join(ROOT, ".cache/compat", `${runtime}-${version}`);
  const program = programIn(join(folder, "node_modules/release"), runtime);
  if (await exists(program)) return program;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "package.json"), '{ "private": true }\n');
  await npmInstall(folder, [`release@npm:${packageOf(runtime)}@${version}`]);
  if (!await exists(program)) throw new Error(`${packageOf(runtime)}@${version} has no ${program}`);
  return program;
}

function programIn(folder: string, runtime: "deno" | "node"): string {
  const ending = Deno.build.os === "windows" ? ".exe" : "";
  return join(folder, runtime === "node" ? `bin/node${ending}` : `deno${ending}`);
}

/** The packages `deno` and `node` fetch these by an install script; naming them needs none. */
function packageOf(runtime: "deno" | "node"): string {
  if (runtime === "node") return nodePackage();
  const { os, arch } = Deno.build;
  const cpu = arch === "aarch64" ? "arm64" : "x64";
  return `@deno/${os === "windows" ? "win32" : os}-${cpu}${os === "linux" ? "-glibc" : ""}`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
