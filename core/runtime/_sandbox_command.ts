import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { FastDistillError } from "../errors/mod.ts";
import { ENV_OF_CACHES } from "./_child_env.ts";

const ENV_ALWAYS = [...ENV_OF_CACHES, "JSR_URL", "NPM_CONFIG_REGISTRY"];
const LOCATION = "https://plugin.invalid";
/** No module is ever fetched from there: an allow list that allows nothing, and replaces the one that Deno has. */
const NO_IMPORT_HOST = "127.0.0.1:1";

/** Never called: names the child's module, so that Deno fetches it with the rest where this package is not a folder. */
export const fetchesChild = (): Promise<unknown> => import("./_sandbox_child.ts");

/** What a sandbox may do, all of it. */
export interface SandboxAccess {
  /** `host` or `host:port`. */
  readonly net?: readonly string[];
  /** Absolute paths, of the plugin's own code among them. */
  readonly read?: readonly string[];
  /** Names of variables; their values are handed over. */
  readonly env?: readonly string[];
  /** Programs. */
  readonly run?: readonly string[];
  /** Libraries. */
  readonly ffi?: readonly string[];
  /** Kinds of facts about the machine. */
  readonly sys?: readonly string[];
}

/** What a sandbox runs. */
export interface SandboxCommandOptions {
  /** The `deno` to run it with. */
  readonly deno: string;
  /** The plugin. */
  readonly module: URL;
  /** The `deno.json` by whose imports the plugin's bare imports are resolved. */
  readonly configFile?: string | undefined;
  /** `host:port` from which modules of the plugin come. */
  readonly importHosts?: readonly string[];
  /** Whether the plugin uses packages from npm. */
  readonly usesNpm?: boolean;
  /** Whether it is a package in a `node_modules` folder, from which its imports are resolved. */
  readonly isInstalled?: boolean;
  /** What it may do. */
  readonly access: SandboxAccess;
}

/** A command line. */
export interface SandboxCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
}

interface Watching {
  /** Where Deno writes down what is tried. */
  readonly accessLog?: string;
  /** Megabytes past which the process ends itself. */
  readonly watchMb?: number;
}

/** The command that starts a sandbox. */
export function sandboxCommand(options: SandboxCommandOptions & Watching): SandboxCommand {
  const { deno, configFile, access, importHosts = [], usesNpm, isInstalled, accessLog, watchMb } = options;
  const child = new URL("./_sandbox_child.ts", import.meta.url);
  const hosts = [...importHosts, ...(child.protocol === "file:" ? [] : [child.host])];
  const denoDir = denoFolder();
  closeStorage(denoDir);
  return {
    file: deno,
    args: [
      "run",
      "--no-prompt",
      "--no-lock",
      "--cached-only",
      "--quiet",
      `--node-modules-dir=${isInstalled === true ? "manual" : "none"}`,
      `--location=${LOCATION}/`,
      `--allow-import=${hosts.length === 0 ? NO_IMPORT_HOST : [...new Set(hosts)]}`,
      ...(configFile === undefined ? ["--no-config"] : [`--config=${configFile}`]),
      ...(usesNpm === true ? [] : ["--no-npm"]),
      ...accessFlags(access),
      "--v8-flags=--max-old-space-size=1024",
      child.href,
      ...(watchMb === undefined ? [] : [String(watchMb)]),
    ],
    env: {
      ...valuesOf([...ENV_ALWAYS, ...(access.env ?? [])]),
      DENO_DIR: denoDir,
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      DENO_NO_PACKAGE_JSON: "1",
      ...(accessLog === undefined ? {} : { DENO_AUDIT_PERMISSIONS: accessLog }),
    },
  };
}

function accessFlags(access: SandboxAccess): readonly string[] {
  const names = ["net", "read", "env", "run", "ffi", "sys"] as const;
  return names.flatMap((name) => {
    const values = access[name] ?? [];
    const comma = values.find((value) => value.includes(",") || value === "");
    if (comma !== undefined) {
      throw new FastDistillError("plugin.refused", `Cannot grant ${name} to "${comma}", which holds a comma`);
    }
    return values.length === 0 ? [] : [`--allow-${name}=${values.join(",")}`];
  });
}

function valuesOf(names: readonly string[]): Record<string, string> {
  const found = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}

/** Where Deno keeps modules. */
function denoFolder(): string {
  const { DENO_DIR, XDG_CACHE_HOME, HOME = "", LOCALAPPDATA = "" } = process.env;
  if (DENO_DIR !== undefined) return DENO_DIR;
  if (process.platform === "win32") return join(LOCALAPPDATA, "deno");
  if (process.platform === "darwin") return join(HOME, "Library", "Caches", "deno");
  return join(XDG_CACHE_HOME ?? join(HOME, ".cache"), "deno");
}

/**
 * Web storage and the cache interface need no permission, outlive the process and are shared by all plugins. They
 * keep their data in two folders named after the location; where a file stands instead, nothing can be kept.
 */
function closeStorage(denoDir: string): void {
  const name = createHash("sha256").update(LOCATION).digest("hex");
  for (const folder of ["location_data", join("location_data", "web_cache")]) {
    const file = join(denoDir, folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
  }
}
