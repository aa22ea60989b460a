import type { GrantRequest, PluginPermissions, PluginPolicy } from "@fastdistill/core";
import { didYouMean, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Flag, Invocation } from "../command.ts";

/** Flags of commands that may run third-party components. */
export const PLUGIN_FLAGS: readonly Flag[] = [
  {
    name: "allow-plugin",
    value: "NAME",
    isRepeatable: true,
    summary: "Let a plugin do what it declares, this once; or a part: NAME=net:HOST",
  },
  {
    name: "trust-plugin",
    value: "NAME",
    isRepeatable: true,
    summary: "Run a plugin without a sandbox: it may do whatever you may",
  },
];

const KINDS = ["net", "read", "env", "run", "ffi", "sys"] as const;

/** What the command line lets plugins do. @throws {FastDistillError} `config.usage` */
export function pluginPolicyOf(
  { values }: Pick<Invocation, "values">,
  { ask, stderr }: Pick<CliIo, "ask"> & Partial<Pick<CliIo, "stderr">>,
): PluginPolicy {
  const allow = new Map<string, PluginPermissions | "declared">();
  for (const word of values.get("allow-plugin") ?? []) {
    const [name, permission] = splitAt(word, "=");
    if (permission === undefined) allow.set(name, "declared");
    else {
      const before = allow.get(name);
      allow.set(name, addPermission(typeof before === "object" ? before : {}, permission));
    }
  }
  return {
    allow,
    trust: new Set(values.get("trust-plugin") ?? []),
    ...(ask === undefined
      ? {}
      : { ask: (request) => askPerson(request, { ask, width: stderr?.columns() ?? 80 }) }),
  };
}

/** Permissions with one more: `net:api.example.com`. @throws {FastDistillError} `config.usage` */
export function addPermission(permissions: PluginPermissions, text: string): PluginPermissions {
  const [kind, value] = splitAt(text, ":");
  const known = KINDS.find((one) => one === kind);
  if (known === undefined || value === undefined || value === "") {
    const hint = known === undefined ? didYouMean(kind, KINDS) : "";
    throw new FastDistillError("config.usage", `A permission is KIND:VALUE, found "${text}"${hint}`, {
      hint: `Kinds: ${KINDS.join(", ")}; as in net:api.example.com`,
    });
  }
  return { ...permissions, [known]: [...permissions[known] ?? [], value] };
}

async function askPerson(
  { name, specifier, summary, declared, isChanged }: GrantRequest,
  { ask, width }: { readonly ask: NonNullable<CliIo["ask"]>; readonly width: number },
): Promise<PluginPermissions | undefined> {
  const [{ describePermissions, harmlessOf }, { wrapWords }] = await Promise.all([
    import("@fastdistill/core"),
    import("../render/wrap_words.ts"),
  ]);
  const granted = harmlessOf(declared);
  const dangerous = Object.keys(declared).length - Object.keys(granted).length;
  const lines = [
    `The plugin "${name}" (${specifier}) asks for permissions${isChanged ? "; its code has changed" : ""}.`,
    `  It says: ${summary}`,
    `  It asks for: ${describePermissions(declared)}`,
    ...(dangerous === 0
      ? []
      : [`  run, ffi and sys are granted by: fastdistill plugins grant ${name} --dangerous`]),
  ].flatMap((line) => wrapWords(printable(line), width));
  const answer = await ask([...lines, "Grant it, for this project and this code? [y/N] "].join("\n"));
  return /^y(?:es)?$/i.test(answer?.trim() ?? "") ? granted : undefined;
}

/** What a plugin says of itself must not move the cursor, nor look like a line of the question. */
function printable(text: string): string {
  return text.replace(/\s+/g, (space) => space.includes("\n") ? " " : space).replace(/\p{Cc}/gu, "?");
}

function splitAt(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
