import type { Command } from "../command.ts";
import type { CommandSummary } from "../render/render_help.ts";

/** A command that is known by name, not yet loaded. */
export interface ListedCommand extends CommandSummary {
  readonly load: () => Promise<Command>;
}

const pipeline = { name: "pipeline.yaml", summary: "" };
const run = { name: "run", summary: "" };
const newestRun = { ...run, default: "latest" };
const file = { name: "file", summary: "" };

/** Every command, in the order of the help. A test holds names and summaries against the commands themselves. */
export const COMMANDS: readonly ListedCommand[] = [
  {
    name: "init",
    argument: { name: "folder", summary: "", default: "" },
    summary: "Start a project from a template: it runs offline at once",
    load: async () => (await import("./init.ts")).initCommand,
  },
  {
    name: "run",
    argument: pipeline,
    summary: "Run a pipeline: what was answered before is not asked for again",
    load: async () => (await import("./run.ts")).runCommand,
  },
  {
    name: "resume",
    argument: newestRun,
    summary: "Go on with a run that stopped, with the files and flags that it had",
    load: async () => (await import("./resume.ts")).resumeCommand,
  },
  {
    name: "validate",
    argument: pipeline,
    summary: "Check a pipeline as far as it can be without running it",
    load: async () => (await import("./validate.ts")).validateCommand,
  },
  {
    name: "plan",
    argument: pipeline,
    summary: "Show what a pipeline would ask and cost, before it is paid for",
    load: async () => (await import("./plan.ts")).planCommand,
  },
  {
    name: "preview",
    argument: pipeline,
    summary: "Run the first rows of a pipeline and show them after each step",
    load: async () => (await import("./preview.ts")).previewCommand,
  },
  {
    name: "runs",
    summary: "List the runs",
    load: async () => (await import("./runs.ts")).runsCommand,
  },
  {
    name: "runs ls",
    summary: "List the runs, as runs does",
    load: async () => (await import("./runs.ts")).runsLsCommand,
  },
  {
    name: "runs show",
    argument: run,
    summary: "Show how a run ended and what it left, as show does",
    load: async () => (await import("./show.ts")).runsShowCommand,
  },
  {
    name: "runs tag",
    argument: run,
    second: { name: "tag", summary: "" },
    summary: "Give a run a name, such as prod; a run that has it loses it",
    load: async () => (await import("./runs_tag.ts")).runsTagCommand,
  },
  {
    name: "runs untag",
    argument: { name: "tag", summary: "" },
    summary: "Take a tag away; the run stays",
    load: async () => (await import("./runs_untag.ts")).runsUntagCommand,
  },
  {
    name: "runs rm",
    argument: run,
    summary: "Remove a run; what it asked for stays in the effect store",
    load: async () => (await import("./runs_rm.ts")).runsRmCommand,
  },
  {
    name: "runs gc",
    summary: "Remove old runs; without --yes, say which would go",
    load: async () => (await import("./runs_gc.ts")).runsGcCommand,
  },
  {
    name: "show",
    argument: run,
    summary: "Show how a run ended and what it left",
    load: async () => (await import("./show.ts")).showCommand,
  },
  {
    name: "report",
    argument: newestRun,
    summary: "Report the figures of a run: rows, reasons, quality, cost, times",
    load: async () => (await import("./report.ts")).reportCommand,
  },
  {
    name: "verify",
    argument: run,
    summary: "Recompute every digest of a run and compare",
    load: async () => (await import("./verify.ts")).verifyCommand,
  },
  {
    name: "gate check",
    argument: run,
    summary: "Judge the gates of a run anew, from its files alone",
    load: async () => (await import("./gate_check.ts")).gateCheckCommand,
  },
  {
    name: "lineage",
    argument: run,
    second: { name: "row", summary: "" },
    summary: "Tell where a row comes from: sources, steps, effects, scores, end",
    load: async () => (await import("./lineage.ts")).lineageCommand,
  },
  {
    name: "diff",
    argument: { name: "run a", summary: "" },
    second: { name: "run b", summary: "" },
    summary: "Say in what two runs differ: pipeline, inputs, rows, metrics, cost",
    load: async () => (await import("./diff.ts")).diffCommand,
  },
  {
    name: "bundle",
    argument: run,
    summary: "Put all that a run was made from into one file",
    load: async () => (await import("./bundle.ts")).bundleCommand,
  },
  {
    name: "reproduce",
    argument: { name: "bundle", summary: "" },
    summary: "Rebuild the run of a bundle offline, and compare what comes out",
    load: async () => (await import("./reproduce.ts")).reproduceCommand,
  },
  {
    name: "sign",
    argument: run,
    summary: "Sign a run that verifies, with an Ed25519 key",
    load: async () => (await import("./sign.ts")).signCommand,
  },
  {
    name: "keys new",
    argument: file,
    summary: "Make a pair of Ed25519 keys to sign runs with",
    load: async () => (await import("./keys_new.ts")).keysNewCommand,
  },
  {
    name: "card",
    argument: run,
    summary: "Write the dataset card of a run's exports",
    load: async () => (await import("./card.ts")).cardCommand,
  },
  {
    name: "push",
    argument: run,
    summary: "Put the exports of a run on a dataset hub, with card and manifests",
    load: async () => (await import("./push.ts")).pushCommand,
  },
  {
    name: "providers ls",
    argument: pipeline,
    summary: "List a pipeline's providers: models, endpoints, keys, limits, prices",
    load: async () => (await import("./providers.ts")).providersLsCommand,
  },
  {
    name: "providers show",
    argument: pipeline,
    second: { name: "provider", summary: "" },
    summary: "Show what is known of a pipeline's provider, without its secrets",
    load: async () => (await import("./providers.ts")).providersShowCommand,
  },
  {
    name: "providers check",
    argument: pipeline,
    summary: "Look whether endpoints answer, take the keys and know the models",
    load: async () => (await import("./providers.ts")).providersCheckCommand,
  },
  {
    name: "registry ls",
    summary: "List the providers, steps and tasks that a pipeline can use",
    load: async () => (await import("./registry_ls.ts")).registryLsCommand,
  },
  {
    name: "registry show",
    argument: { name: "component", summary: "" },
    summary: "Show what a component takes, adds and may do",
    load: async () => (await import("./registry_show.ts")).registryShowCommand,
  },
  {
    name: "registry search",
    argument: { name: "word", summary: "" },
    summary: "Find components by a word of their name or summary",
    load: async () => (await import("./registry_search.ts")).registrySearchCommand,
  },
  {
    name: "plugins ls",
    summary: "List the components of this project, and what they were granted",
    load: async () => (await import("./plugins_ls.ts")).pluginsLsCommand,
  },
  {
    name: "plugins grant",
    argument: { name: "plugin", summary: "" },
    summary: "Let a plugin do what it declares, or a part of it",
    load: async () => (await import("./plugins_grant.ts")).pluginsGrantCommand,
  },
  {
    name: "plugins revoke",
    argument: { name: "plugin", summary: "" },
    summary: "Take back what a plugin was granted",
    load: async () => (await import("./plugins_revoke.ts")).pluginsRevokeCommand,
  },
  {
    name: "plugin new",
    argument: { name: "name", summary: "" },
    summary: "Write a plugin's repository: code, tests, example, CI",
    load: async () => (await import("./plugin_new.ts")).pluginNewCommand,
  },
  {
    name: "doctor",
    summary: "Look whether system, store, keys and endpoints are as runs need them",
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
  {
    name: "completions",
    argument: { name: "shell", summary: "" },
    summary: "Write a script that completes commands and flags: bash, zsh or fish",
    load: async () => (await import("./completions.ts")).completionsCommandOf(COMMANDS),
  },
  {
    name: "config show",
    argument: pipeline,
    summary: "Show what the layers of a pipeline come to, and who says what",
    load: async () => (await import("./config_show.ts")).configShowCommand,
  },
  {
    name: "config schema",
    summary: "Write the JSON Schema of pipeline files, for editors",
    load: async () => (await import("./config_schema.ts")).configSchemaCommand,
  },
  {
    name: "config template",
    argument: { name: "component", summary: "" },
    summary: "Write commented YAML for a component, or for a whole pipeline",
    load: async () => (await import("./config_template.ts")).configTemplateCommand,
  },
  {
    name: "cache stats",
    summary: "Check every recorded effect, and add them up by kind and model",
    load: async () => (await import("./cache_stats.ts")).cacheStatsCommand,
  },
  {
    name: "cache ls",
    summary: "List recorded effects, the newest first",
    load: async () => (await import("./cache_ls.ts")).cacheLsCommand,
  },
  {
    name: "cache explain",
    argument: { name: "what", summary: "" },
    summary: "Say what of a pipeline is recorded, and why the rest is not",
    load: async () => (await import("./cache_explain.ts")).cacheExplainCommand,
  },
  {
    name: "cache gc",
    summary: "Delete recorded effects; without --yes, say what would be deleted",
    load: async () => (await import("./cache_gc.ts")).cacheGcCommand,
  },
  {
    name: "cache export",
    argument: file,
    summary: "Write recorded effects into one portable file",
    load: async () => (await import("./cache_export.ts")).cacheExportCommand,
  },
  {
    name: "cache import",
    argument: file,
    summary: "Add the effects of an exported file, once all of it was checked",
    load: async () => (await import("./cache_import.ts")).cacheImportCommand,
  },
];
