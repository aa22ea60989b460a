import { resolve } from "node:path";
import { EXIT_CODES, type ExitCode, FastDistillError } from "@fastdistill/core/errors";
import type { CliIo } from "../cli_io.ts";
import type { Command, Invocation } from "../command.ts";
import { outputOf } from "../output.ts";
import { shownPath } from "../render/shown_path.ts";

/** `fastdistill plugin new`. */
export const pluginNewCommand: Command = {
  name: "plugin new",
  summary: "Write a plugin's repository: code, tests, example, CI",
  argument: {
    name: "name",
    summary: "What pipelines call the component: lower-case letters and underscores",
  },
  flags: [
    { name: "kind", value: "KIND", summary: "step, task or provider (default: step)" },
    {
      name: "dir",
      value: "DIR",
      summary: "Folder to write; it must be empty or not there (default: the name, with dashes)",
    },
    { name: "scope", value: "SCOPE", summary: "Who publishes it on JSR (default: your-scope)" },
  ],
  examples: [
    { what: "A step, in ./word-count", line: "fastdistill plugin new word_count" },
    {
      what: "A provider, to be published as @acme/fastdistill-provider-house-model",
      line: "fastdistill plugin new house_model --kind provider --scope acme",
    },
  ],
  run: create,
};

async function create(invocation: Invocation, io: CliIo): Promise<ExitCode> {
  const { argument: name, values } = invocation;
  const output = outputOf(invocation, io);
  const { checkKind, checkPluginName, checkScope, packageOf } = await import("../scaffold/plugin_name.ts");
  const kind = checkKind(values.get("kind")?.[0] ?? "step");
  const scope = checkScope(values.get("scope")?.[0] ?? "your-scope");
  checkPluginName(name, await builtInNames());
  const plugin = { kind, name, scope };
  const folder = resolve(io.currentDirectory, values.get("dir")?.[0] ?? name.replaceAll("_", "-"));
  const files = await write(folder, plugin);
  output.printJson({ name, kind, package: packageOf(plugin), folder, files });
  const shown = shownPath(folder, io.currentDirectory);
  output.print([
    `${kind} ${name}: ${files.length} files in ${shown}`,
    "",
    `  cd ${shown}`,
    "  deno task test     the contract suite, and its own tests",
    "  deno task example  a pipeline that uses it, in a sandbox",
  ]);
  output.printFinal(folder);
  return EXIT_CODES.done;
}

/** Names that a plugin cannot have without taking the place of a component. */
async function builtInNames(): Promise<readonly string[]> {
  const [{ builtinProviders }, { builtinSteps }] = await Promise.all([
    import("@fastdistill/providers/builtin"),
    import("@fastdistill/steps/builtin"),
  ]);
  return [...builtinProviders, ...builtinSteps].map(({ name }) => name);
}

type NewPlugin = import("../scaffold/plugin_name.ts").NewPlugin;

async function write(folder: string, plugin: NewPlugin): Promise<readonly string[]> {
  const [{ pluginRepository }, { writeProject }, { makeFolder }] = await Promise.all([
    import("../scaffold/plugin_repository.ts"),
    import("../scaffold/write_project.ts"),
    import("@fastdistill/core/runtime"),
  ]);
  await makeFolder(folder);
  await refuseFilled(folder);
  const files = pluginRepository(plugin);
  await writeProject(folder, files);
  return Object.keys(files).sort();
}

/** A repository that is there already, or anything else, is never written into; an empty git repository is fine. */
async function refuseFilled(folder: string): Promise<void> {
  const { readdir } = await import("node:fs/promises");
  const found = (await readdir(folder)).filter((name) => name !== ".git").sort();
  if (found.length === 0) return;
  throw new FastDistillError(
    "config.usage",
    `Cannot write a plugin into ${folder}: it holds ${
      found.length === 1 ? "" : `${found.length} files, such as `
    }${found[0]}`,
    { hint: "Name an empty folder with --dir" },
  );
}
