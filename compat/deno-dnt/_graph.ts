import { resolve } from "node:path";

/** A module as `deno info` sees it. */
export interface GraphModule {
  readonly specifier: string;
  /** Path of its text on this machine. */
  readonly local: string;
  readonly mediaType: string;
  /** What each specifier in its text stands for. */
  readonly dependencies: ReadonlyMap<string, string>;
}

/** Modules by specifier, and the npm packages around them by name. */
export interface Graph {
  readonly modules: ReadonlyMap<string, GraphModule>;
  /** Folder of each npm package in Deno's cache. */
  readonly packages: ReadonlyMap<string, string>;
}

/** Where Deno looks for its settings. */
export interface GraphOptions {
  /** The folder from which upwards the `deno.json` is looked for. */
  readonly cwd: string;
  readonly configFile?: string;
  readonly importMap?: string;
}

interface Resolved {
  readonly specifier?: string;
  readonly error?: string;
}
interface InfoDependency {
  readonly specifier: string;
  readonly code?: Resolved;
  readonly type?: Resolved;
}
interface InfoModule {
  readonly kind: string;
  readonly specifier: string;
  readonly local?: string;
  readonly mediaType?: string;
  readonly error?: string;
  readonly dependencies?: readonly InfoDependency[];
}
interface Info {
  readonly modules: readonly InfoModule[];
  readonly redirects: Readonly<Record<string, string>>;
  readonly npmPackages?: Readonly<Record<string, { readonly name: string; readonly localPath: string }>>;
}

/** The graph of everything that these modules reach, resolved and downloaded by Deno itself. */
export async function readGraph(roots: Iterable<string>, options: GraphOptions): Promise<Graph> {
  const flags = [
    ...(options.configFile ? ["--config", resolve(options.configFile)] : []),
    ...(options.importMap ? ["--import-map", resolve(options.importMap)] : []),
  ];
  const infos = await Promise.all([...roots].map((root) => denoInfo([...flags, root], options.cwd)));
  return {
    modules: new Map(infos.flatMap((info) => info.modules.flatMap((module) => graphModule(module, info)))),
    packages: new Map(infos.flatMap(packageFolders)),
  };
}

/** Folder of an npm package (and of what it needs) in Deno's cache. */
export async function readPackage(name: string, range: string): Promise<Graph["packages"]> {
  return new Map(packageFolders(await denoInfo(["--no-config", "--no-lock", `npm:${name}@${range}`])));
}

async function denoInfo(args: readonly string[], cwd?: string): Promise<Info> {
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", ...args], cwd });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`Cannot read the module graph: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout)) as Info;
}

function graphModule(module: InfoModule, info: Info): [string, GraphModule][] {
  if (module.error) throw new Error(`Cannot read the module graph: ${module.error}`);
  if (module.local === undefined || module.kind === "npm") return [];
  const dependencies = (module.dependencies ?? []).flatMap(
    ({ specifier, code, type }): [string, string][] => {
      const error = code?.error ?? type?.error;
      if (error) throw new Error(`Cannot resolve "${specifier}" in ${module.specifier}: ${error}`);
      const target = code?.specifier ?? type?.specifier;
      if (target === undefined) return [];
      return [[specifier, target.startsWith("npm:") ? target : info.redirects[target] ?? target]];
    },
  );
  const { specifier, local, mediaType = "Unknown" } = module;
  return [[specifier, { specifier, local, mediaType, dependencies: new Map(dependencies) }]];
}

function packageFolders(info: Info): [string, string][] {
  return Object.values(info.npmPackages ?? {}).map(({ name, localPath }) => [name, localPath]);
}
