/** One entry of the error catalogue: what a code means, and what to do about it. */
export interface ErrorCodeEntry {
  /** What happened, in one sentence. */
  readonly summary: string;
  /** What a person does next. */
  readonly remedy: string;
  /** Whether the same operation may succeed when it is tried again unchanged. */
  readonly retryable: boolean;
}

function entry(summary: string, remedy: string): ErrorCodeEntry {
  return { summary, remedy, retryable: false };
}

function transient(summary: string, remedy: string): ErrorCodeEntry {
  return { summary, remedy, retryable: true };
}

/**
 * Every code that FastDistill itself can report. Codes are stable: one may be added, none is renamed or reused.
 * `docs/errors.md` is generated from this table.
 */
export const ERROR_CODES: Readonly<Record<CatalogueCode, ErrorCodeEntry>> = {
  "config.file_not_found": entry(
    "A configuration file does not exist or cannot be read",
    "Check the path; it is resolved against the current directory",
  ),
  "config.syntax": entry(
    "A configuration file is not valid YAML",
    "Mend the file at the place that the message names",
  ),
  "config.unknown_key": entry(
    "A key is not one that this place knows",
    "Use the suggested key, or see the pipeline-file reference",
  ),
  "config.missing_key": entry("A required key is missing", "Add the key that the message names"),
  "config.invalid_value": entry(
    "A value has the wrong type or is out of range",
    "Give a value of the kind that the message names",
  ),
  "config.missing_env": entry(
    "A variable named by ${env:NAME} is not set",
    "Set the variable, or write a default: ${env:NAME:-default}",
  ),
  "config.invalid_override": entry(
    "An override given with --set cannot be applied",
    "Write --set path.to.key=value; list elements are addressed by index, as in gates.0.min=0.9",
  ),
  "config.version": entry("The pipeline file has a version that this release cannot read", "Set version: 1"),
  "config.usage": entry("The command line cannot be understood", "See --help of the command"),
  "registry.not_found": entry(
    "No component has this name",
    "Use the suggested name, or add a plugin to the import map",
  ),
  "registry.duplicate": entry(
    "Two components claim one name",
    "Rename one of the two; the message names both origins",
  ),
  "registry.wrong_kind": entry(
    "A component is used where another kind is needed",
    "Use a step or task under steps, a provider under providers",
  ),
  "registry.invalid_component": entry(
    "A module does not export a component as its default export",
    "Export default defineStep(...), defineTask(...) or defineProvider(...)",
  ),
  "registry.load_failed": entry(
    "A component's module cannot be loaded",
    "Check the specifier in the import map, and the cause",
  ),
  "graph.empty": entry("A pipeline has no steps", "Add at least a source step"),
  "graph.cycle": entry("Steps read each other in a circle", "Break the circle that the message shows"),
  "graph.unknown_step": entry(
    "A step, gate or stage names a step that does not exist",
    "Use the suggested name",
  ),
  "graph.missing_column": entry(
    "A step needs a column that nothing before it provides",
    "Use the suggested column, or add a step that makes it",
  ),
  "graph.column_type": entry(
    "A column has a type that the step cannot use",
    "Convert the column, or read another one",
  ),
  "graph.no_input": entry(
    "A step has nothing to read",
    "Put a source before it, or name its input with from:",
  ),
  "graph.source_with_input": entry("A source step is given an input", "Remove from:; a source reads nothing"),
  "graph.missing_provider": entry(
    "A step that asks a model names no provider",
    "Add provider: <name> to the step",
  ),
  "graph.unknown_provider": entry(
    "A step names a provider that the pipeline does not define",
    "Use the suggested name",
  ),
  "graph.missing_capability": entry(
    "A provider cannot do what the step asks of it",
    "Use a provider with the capability",
  ),
  "graph.unknown_stage": entry(
    "A gate or a target names a stage that no step writes",
    "Add stage: <name> to a step",
  ),
  "graph.join": entry(
    "Rows of several steps cannot be joined",
    "Join branches of one step, without a step in between that needs all rows",
  ),
  "graph.route": entry(
    "A route leads where no row can go, or leaves out a step that waits for rows",
    "Let the route name the steps that read this one, each at least once",
  ),
  "graph.target": entry(
    "The rows of a target cannot be counted where it stands",
    "Let the target name a stage that one chain of steps leads to, before anything is written",
  ),
  "graph.duplicate_stage": entry("Two steps write a stage of the same name", "Rename one of the two"),
  "plugin.failed": entry(
    "A plugin broke its contract",
    "See the cause, and report it to the plugin's author",
  ),
  "plugin.crashed": entry(
    "A plugin's process ended by itself",
    "See what it says at its end, and report it to the plugin's author",
  ),
  "plugin.timeout": entry(
    "A plugin did not answer in time, and was ended",
    "Report it to the plugin's author, or raise the time limit of plugins",
  ),
  "plugin.out_of_memory": entry(
    "A plugin held more memory than it may, and was ended",
    "Report it to the plugin's author, or raise the memory limit of plugins",
  ),
  "plugin.flooded": entry(
    "A plugin wrote more than it may, and was ended",
    "Report it to the plugin's author",
  ),
  "plugin.bad_message": entry(
    "A plugin said something that its protocol does not know",
    "Report it to the plugin's author",
  ),
  "plugin.gave_up": entry(
    "A plugin ended by itself so often that it is not started any more",
    "See why it ended in the failures before, and report it to the plugin's author",
  ),
  "plugin.refused": entry(
    "A plugin tried something that it may not do",
    "Read what it tried before you grant it anything",
  ),
  "plugin.not_granted": entry(
    "A plugin asks for permissions that nobody has granted it",
    "Read what it asks for, then: fastdistill plugins grant <name>",
  ),
  "plugin.changed": entry(
    "A plugin that comes from elsewhere is not the code that was locked",
    "Read what changed, then: fastdistill plugins grant <name>",
  ),
  "plugin.unsupported": entry(
    "A plugin is of a kind that a sandbox cannot run",
    "Use a local file that you trust, or --trust-plugin <name>",
  ),
  "plugin.no_sandbox": entry(
    "No sandbox can be started here",
    "Put a deno binary on the PATH, or allow this process to run programs",
  ),
  "provider.auth": entry("The endpoint refused the credentials", "Check the key and what it may do"),
  "provider.rate_limited": transient("The endpoint asked to slow down", "Lower the concurrency, or wait"),
  "provider.overloaded": transient("The endpoint is overloaded", "Wait, or use another endpoint"),
  "provider.unavailable": transient("The endpoint failed on its side", "Wait, or use another endpoint"),
  "provider.timeout": transient(
    "The endpoint did not answer in time",
    "Raise timeout_ms, or ask for fewer tokens",
  ),
  "provider.connection": transient(
    "The endpoint could not be reached",
    "Check base_url and that the server runs",
  ),
  "provider.context_window": entry(
    "The prompt does not fit into the model's context window",
    "Shorten the prompt",
  ),
  "provider.content_filter": entry("The endpoint refused the content", "Change the prompt, or drop the row"),
  "provider.bad_request": entry("The endpoint refused the request", "See the message of the endpoint"),
  "provider.model_not_found": entry("The endpoint does not know the model", "Check the model name"),
  "provider.bad_response": transient(
    "The endpoint sent something that is not a valid answer",
    "See the cause",
  ),
  "provider.chain_exhausted": entry(
    "A provider and all that it falls back to failed",
    "See the message for what each of them said",
  ),
  "provider.recording_missing": entry(
    "A recording holds no answer to this request",
    "Record it with the live provider, or undo the change that the message shows",
  ),
  "provider.recording_unreadable": entry(
    "A recording cannot be read",
    "Mend or re-record the file at the line that is named",
  ),
  "step.failed": entry("A step threw on a row", "See the cause"),
  "step.bad_output": entry(
    "A step returned something that its contract does not allow",
    "Report it to the step's author",
  ),
  "step.join_conflict": entry(
    "Rows that are joined disagree on a column",
    "Name the column under join.lists, rename it in a branch, or set join.on_conflict: first",
  ),
  "step.parse": entry(
    "A task could not read the model's answer",
    "See the answer in failures.jsonl, and mend prompt or parser",
  ),
  "step.template": entry(
    "A template cannot be read or rendered",
    "Mend the template at the place that is named",
  ),
  "step.template_variable": entry(
    "A template names a variable that is not a column",
    "Use the suggested column",
  ),
  "step.expression": entry("An expression cannot be read or evaluated", "Mend the expression; it is CEL"),
  "step.timeout": entry(
    "A step took longer over a row than its timeout_ms allows",
    "Raise timeout_ms of the step, or see what it waits for",
  ),
  "step.lost_rows": entry(
    "A step did not account for every row that it was given",
    "Report it to the step's author",
  ),
  "step.too_many_failures": entry(
    "More rows failed than the step allows",
    "See failures.jsonl, or raise max_failure_rate",
  ),
  "data.file_not_found": entry(
    "An input file does not exist or cannot be read",
    "Check the path; it is relative to the pipeline file",
  ),
  "data.malformed": entry("An input file holds a line that cannot be read", "Mend the line that is named"),
  "data.schema_drift": entry(
    "Files that are read as one data set disagree on their columns",
    "Make the files alike, read them by steps of their own, or let it pass with on_drift: warn",
  ),
  "data.storage": entry(
    "An object store or a web server did not give or take a file",
    "Check address, bucket, region and credentials; see the cause",
  ),
  "data.not_canonical": entry(
    "A value cannot be written as canonical JSON",
    "Remove NaN, infinities, undefined and lone surrogates",
  ),
  "data.write_failed": entry(
    "An output file cannot be written",
    "Check the path, the permissions and the free space",
  ),
  "data.digest_mismatch": entry(
    "A file does not have the digest that its manifest states",
    "The run folder was changed; run again",
  ),
  "data.run_not_found": entry("No run has this id", "List the runs with: fastdistill runs"),
  "data.invalid_manifest": entry("A manifest cannot be read", "The run folder is damaged; run again"),
  "data.invalid_sample": entry(
    "A row makes no valid sample of the format that is written",
    "Mend or reject such rows before they are written; the message says what is wrong",
  ),
  "data.invalid_schema": entry(
    "A JSON Schema cannot be used",
    "Mend the schema at the place that is named; references must stay inside of it",
  ),
  "data.leakage": entry(
    "A text or a cluster of near-duplicates is in more than one split",
    "Split by the column that such rows share, or reject the rows",
  ),
  "data.row_not_found": entry(
    "A run knows no row by this id",
    "Give a row id or sample_id as the ledger or a stage has it, or the beginning of one",
  ),
  "data.invalid_key": entry(
    "A file holds no key that can sign or check a run",
    "Make a pair of keys with: fastdistill keys new",
  ),
  "data.invalid_bundle": entry(
    "A bundle is damaged, unsafe or of a later release",
    "Get the file again, or make it again with: fastdistill bundle",
  ),
  "data.push_failed": entry(
    "A dataset hub did not take a dataset",
    "See the message of the hub; push again: what is there already is not sent twice",
  ),
  "data.database": entry("A database cannot be opened or built", "Check the path and the SQL script"),
  "data.tests": entry(
    "The tests of a program cannot be read, or there are none",
    "Mend the column that the message names",
  ),
  "store.unavailable": entry(
    "The effect store cannot be opened",
    "Check the path and the permissions of the runs folder",
  ),
  "store.corrupt": entry(
    "The effect store is damaged",
    "Move it away and run again; finished effects are then asked for again",
  ),
  "store.missing_effect": entry(
    "An offline run wants an effect that is not recorded",
    "Run without --offline, import the effect, or take back the change that the message shows",
  ),
  "store.conflict": entry("Two records disagree about one key", "Report it: a key must decide its answer"),
  "budget.exhausted": entry("A budget is used up", "Raise the budget and run again: finished work is kept"),
  "budget.unknown_price": entry(
    "A money budget is set, and a provider has no price",
    "Add price: {input, output} to the provider",
  ),
  "gate.failed": entry("A gate did not hold", "See the value and the threshold in the message"),
  "gate.target_missed": entry(
    "Fewer rows were accepted than the target wants",
    "Give the sources more rows, raise max_candidates, or see in the ledger why rows were dropped",
  ),
  "gate.unknown_metric": entry(
    "A gate names a metric that its stage does not have",
    "Use the suggested metric",
  ),
  "gate.unsupported": entry(
    "A gate asks of a metric what cannot be worked out for it",
    "Use a metric or a key that the message names",
  ),
  "run.interrupted": entry(
    "The run was interrupted",
    "Run the same command again: it goes on where it stopped",
  ),
  "run.locked": entry(
    "Another process writes the same run folder",
    "Wait until it has ended, or use another runs folder",
  ),
  "run.rows_lost": entry(
    "A step gave back fewer or more rows than it was given",
    "Do not use what the run wrote, and report it: this is a defect of a component or of the runtime",
  ),
  "run.stalled": entry(
    "Nothing moved in a run for watchdog.stall_seconds, though rows were under way",
    "See what the named step waits for; raise watchdog.stall_seconds if it is only slow",
  ),
  "run.changed": entry(
    "A run cannot go on: what it is made from is not what it was started with",
    "Put back what the message names, or run the pipeline anew, which is another run",
  ),
  "run.not_resumable": entry(
    "What a run was started with is not recorded, or not all of it",
    "Run the same command, or the same program, again: it goes on where it stopped",
  ),
  "run.tagged": entry(
    "A tag stands for this run, and so it is not removed",
    "Take the tags away with: fastdistill runs untag, or use --force",
  ),
  "run.incomplete": entry("A run stopped before every row was settled", "Run the same command again"),
  "internal.invariant": entry("FastDistill broke a rule of its own", "Report it with the message"),
};

/** A code of the catalogue, or one of a plugin's own, which begins with `plugin.`. */
export type ErrorCode = CatalogueCode | `plugin.${string}`;

/** A code that FastDistill itself reports. */
export type CatalogueCode =
  | "config.file_not_found"
  | "config.syntax"
  | "config.unknown_key"
  | "config.missing_key"
  | "config.invalid_value"
  | "config.missing_env"
  | "config.invalid_override"
  | "config.version"
  | "config.usage"
  | "registry.not_found"
  | "registry.duplicate"
  | "registry.wrong_kind"
  | "registry.invalid_component"
  | "registry.load_failed"
  | "graph.empty"
  | "graph.cycle"
  | "graph.unknown_step"
  | "graph.missing_column"
  | "graph.column_type"
  | "graph.no_input"
  | "graph.source_with_input"
  | "graph.missing_provider"
  | "graph.unknown_provider"
  | "graph.missing_capability"
  | "graph.unknown_stage"
  | "graph.join"
  | "graph.route"
  | "graph.target"
  | "graph.duplicate_stage"
  | "plugin.failed"
  | "plugin.crashed"
  | "plugin.timeout"
  | "plugin.out_of_memory"
  | "plugin.flooded"
  | "plugin.bad_message"
  | "plugin.gave_up"
  | "plugin.refused"
  | "plugin.not_granted"
  | "plugin.changed"
  | "plugin.unsupported"
  | "plugin.no_sandbox"
  | "provider.auth"
  | "provider.rate_limited"
  | "provider.overloaded"
  | "provider.unavailable"
  | "provider.timeout"
  | "provider.connection"
  | "provider.context_window"
  | "provider.content_filter"
  | "provider.bad_request"
  | "provider.model_not_found"
  | "provider.bad_response"
  | "provider.chain_exhausted"
  | "provider.recording_missing"
  | "provider.recording_unreadable"
  | "step.failed"
  | "step.bad_output"
  | "step.join_conflict"
  | "step.parse"
  | "step.template"
  | "step.template_variable"
  | "step.expression"
  | "step.timeout"
  | "step.lost_rows"
  | "step.too_many_failures"
  | "data.file_not_found"
  | "data.malformed"
  | "data.schema_drift"
  | "data.storage"
  | "data.not_canonical"
  | "data.write_failed"
  | "data.digest_mismatch"
  | "data.run_not_found"
  | "data.invalid_manifest"
  | "data.invalid_sample"
  | "data.invalid_schema"
  | "data.leakage"
  | "data.row_not_found"
  | "data.invalid_key"
  | "data.invalid_bundle"
  | "data.push_failed"
  | "data.database"
  | "data.tests"
  | "store.unavailable"
  | "store.corrupt"
  | "store.missing_effect"
  | "store.conflict"
  | "budget.exhausted"
  | "budget.unknown_price"
  | "gate.failed"
  | "gate.target_missed"
  | "gate.unknown_metric"
  | "gate.unsupported"
  | "run.interrupted"
  | "run.locked"
  | "run.rows_lost"
  | "run.stalled"
  | "run.incomplete"
  | "run.tagged"
  | "run.changed"
  | "run.not_resumable"
  | "internal.invariant";
