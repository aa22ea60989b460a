import type { Json } from "../record/mod.ts";
import { type CardFacts, type CardFile, DIGEST_CHARS } from "./_card_facts.ts";

const SAMPLE_CHARS_MAX = 200;
const SAMPLE_ITEMS_MAX = 20;

/** The Markdown of a card. */
export function renderCard(facts: CardFacts): string {
  const sections = [heading, data, making, quality, cost, provenance, licence, samples, limits];
  const body = sections.map((section) => section(facts).join("\n")).filter((text) => text !== "").join(
    "\n\n",
  );
  return `---\n${frontMatter(facts).join("\n")}\n---\n\n${body}\n`;
}

/** JSON strings are YAML, so nothing that a user gives can be anything but text. */
function frontMatter({ options, files, sizeCategory }: CardFacts): readonly string[] {
  const list = (key: string, values: readonly string[]) =>
    values.length === 0 ? [] : [`${key}:`, ...values.map((value) => `  - ${JSON.stringify(value)}`)];
  const field = (key: string, value: string | undefined) =>
    value === undefined ? [] : [`${key}: ${JSON.stringify(value)}`];
  return [
    ...field("pretty_name", options.title),
    ...field("license", options.license),
    ...field("license_name", options.licenseName),
    ...field("license_link", options.licenseLink),
    ...list("language", options.languages ?? []),
    ...list("task_categories", options.tasks ?? []),
    ...list("size_categories", [sizeCategory]),
    ...list("tags", [...new Set(["synthetic", "fastdistill", ...options.tags ?? []])]),
    "configs:",
    ...configs(files),
  ];
}

function configs(files: readonly CardFile[]): readonly string[] {
  const byConfig = Map.groupBy(files, ({ config }) => config);
  return [...byConfig].flatMap(([config, own], index) => [
    `  - config_name: ${JSON.stringify(config)}`,
    ...(index === 0 ? ["    default: true"] : []),
    "    data_files:",
    ...[...Map.groupBy(own, ({ split }) => split)].flatMap(([split, parts]) => [
      `      - split: ${JSON.stringify(split)}`,
      "        path:",
      ...parts.map(({ path }) => `          - ${JSON.stringify(path)}`),
    ]),
  ]);
}

function heading({ options, summary, rows, files }: CardFacts): readonly string[] {
  const title = (options.title ?? summary.name).replace(/\s+/g, " ");
  const made = `${count(rows)} samples in ${count(files.length)} ${
    files.length === 1 ? "file" : "files"
  }, made with`;
  const warnings = [
    ...(summary.status === "done" ? [] : [`The run ended as \`${summary.status}\`.`]),
    ...(summary.partial ? ["It is a part of what the whole run would hold."] : []),
    ...(summary.degraded
      ? ["Some answers came from a cheaper model, asked as a budget neared its end."]
      : []),
  ];
  return [
    `# ${title}`,
    "",
    [`${made} FastDistill by the pipeline \`${summary.name}\`.`, ...warnings].join(" "),
  ];
}

function data({ files, tokens }: CardFacts): readonly string[] {
  const rows = files.map(({ config, split, path, rows, sha256 }) => [
    code(config),
    code(split),
    code(path),
    count(rows),
    code(sha256.slice(0, DIGEST_CHARS)),
  ]);
  const totals = tokens.map(({ stage, column, encoding, tokens }) =>
    `- ${count(tokens)} tokens of \`${encoding}\` in column \`${column}\` of stage \`${stage}\``
  );
  return [
    "## Data",
    "",
    ...table(["config", "split", "file", "rows", "sha256"], rows),
    ...(totals.length === 0 ? [] : ["", ...totals]),
  ];
}

function making({ summary }: CardFacts): readonly string[] {
  const steps = summary.steps.map(({ step, use, prompt_version, rows_in, rows_out, rejected, failed }) => [
    code(step),
    code(prompt_version === undefined ? use : `${use}, prompt ${prompt_version}`),
    count(rows_in),
    count(rows_out),
    reasons({ ...rejected, ...failed }),
  ]);
  const { read, kept } = summary.rows;
  const share = read === 0 ? "" : ` (${percent(kept / read)})`;
  return [
    "## How it was made",
    "",
    `Of ${count(read)} rows that were read, ${count(kept)} came out at the end${share}.`,
    "",
    ...table(["step", "component", "rows in", "rows out", "left out"], steps),
  ];
}

function quality({ summary }: CardFacts): readonly string[] {
  const stages = summary.stages.flatMap(({ stage, metrics }) =>
    Object.entries(metrics).map(([metric, value]) => [code(stage), code(metric), figure(value)])
  );
  const gates = summary.gates.map(({ stage, metric, value, passed }) => [
    code(stage),
    code(metric),
    figure(value),
    passed ? "held" : "did not hold",
  ]);
  return [
    ...(stages.length === 0 ? [] : ["## Figures", "", ...table(["stage", "metric", "value"], stages)]),
    ...(gates.length === 0
      ? []
      : ["", "## Gates", "", ...table(["stage", "metric", "value", "gate"], gates)]),
  ];
}

/** What the data cost, whenever it was paid for; what this execution spent depends on what it could reuse. */
function cost({ cost }: CardFacts): readonly string[] {
  const rows = Object.entries(cost.models).map(([model, { usage, cost_usd, performed, reused }]) => [
    code(model),
    count(performed + reused),
    count(usage.input_tokens),
    count(usage.output_tokens),
    dollars(cost_usd),
  ]);
  if (rows.length === 0) return [];
  const total = `All of it cost ${dollars(cost.total.cost_usd)}, or ${
    dollars(cost.cost_per_kept_usd)
  } per row kept.`;
  return [
    "## Models and cost",
    "",
    ...table(["model", "answers", "input tokens", "output tokens", "cost"], rows),
    "",
    total,
  ];
}

function provenance({ summary, manifests }: CardFacts): readonly string[] {
  const first = manifests[0]?.manifest;
  const parents = manifests.flatMap(({ manifest }) => manifest.parents);
  const stages = new Set(manifests.map(({ manifest }) => manifest.stage));
  const inputs = new Map(
    parents.filter(({ name }) => !stages.has(name)).map(({ name, digest }) => [name, digest]),
  );
  return [
    "## Provenance",
    "",
    `- run: \`${summary.run_id}\``,
    ...(first === undefined ? [] : [
      `- pipeline signature: \`${first.pipeline_signature}\``,
      `- seed: ${first.seed}; hashing policy: \`${first.hash_policy}\``,
    ]),
    ...[...inputs].map(([name, digest]) => `- input ${code(name)}: \`${digest}\``),
    ...manifests.map(({ manifest, digest }) =>
      `- stage ${code(manifest.stage)}: ${
        count(manifest.count)
      } rows, manifest \`${digest}\`, Merkle root \`${manifest.merkle_root}\``
    ),
  ];
}

function licence({ options }: CardFacts): readonly string[] {
  const { license, licenseName, licenseLink } = options;
  const named = [licenseName ?? license, licenseLink].filter((part) => part !== undefined).join(", ");
  return [
    "## Licence",
    "",
    named === "" ? "No licence is stated." : `${named}.`,
    "The terms of the models that made the texts, and of the data that they were made from, apply besides.",
  ];
}

function samples({ files }: CardFacts): readonly string[] {
  const shown = files.filter((file) => file.samples.length > 0);
  if (shown.length === 0) return [];
  const blocks = shown.flatMap(({ path, samples }) => {
    const text = samples.map((sample) => JSON.stringify(cut(sample), null, 2)).join("\n");
    const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
    return ["", `From ${code(path)}; long texts are cut:`, "", `${fence}json`, text, fence];
  });
  return ["## Samples", ...blocks];
}

function limits({ tokens }: CardFacts): readonly string[] {
  return [
    "## Limits",
    "",
    "- The texts are made or chosen by models and by rules. They can be wrong, biased or unsafe; the figures above say",
    "  what was checked, and nothing else was.",
    "- A digest proves that a file is the one that the run wrote. It says nothing about what is in it.",
    ...(tokens.length === 0
      ? []
      : ["- Tokens are counted with OpenAI's encodings: an estimate for all other models."]),
  ];
}

function cut(value: Json): Json {
  if (typeof value === "string") {
    const letters = [...value];
    return letters.length <= SAMPLE_CHARS_MAX ? value : `${letters.slice(0, SAMPLE_CHARS_MAX).join("")}…`;
  }
  if (Array.isArray(value)) return value.slice(0, SAMPLE_ITEMS_MAX).map(cut);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cut(item)]));
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)];
}

/** Code in a table: neither a bar nor a backtick ends it. */
function code(text: string): string {
  return `\`${text.replace(/[`\n\r]/g, " ").replaceAll("|", "\\|")}\``;
}

function reasons(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).map(([reason, rows]) => `${code(reason)} ${count(rows)}`).join(", ");
}

function count(rows: number): string {
  return rows.toLocaleString("en-US");
}

function figure(value: number | null): string {
  return value === null ? "–" : String(Number(value.toPrecision(6)));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function dollars(usd: number | null): string {
  return usd === null ? "an unknown sum" : `${Number(usd.toPrecision(6))} US dollars`;
}
