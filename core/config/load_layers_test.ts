import { assertEquals } from "@std/assert";
import { sha256 } from "../record/mod.ts";
import { errorLines, loadTexts, type Texts } from "./_load_texts_test.ts";

const COMMON = `version: 1
name: common
variables: { model: small, n: 2 }
providers:
  teacher: { use: replay, with: { recording: teacher.jsonl } }
steps:
  read: { use: read_jsonl, with: { path: rows.jsonl } }
gates:
  - { stage: out, metric: count, min: 1 }
`;
const OWN = `extends: shared/common.yaml
name: own
steps:
  teach:
    use: text_generation
    provider: teacher
    with: { template: "{{ q }}", n: "\${var:n}", stop: [a] }
    stage: out
gates:
  $append:
    - { stage: out, metric: score_mean, min: 0.5 }
`;
const FILES = { "pipeline.yaml": OWN, "shared/common.yaml": COMMON };

async function places(texts: Texts, ...paths: readonly string[]): Promise<readonly string[]> {
  const { locate } = await loadTexts(texts);
  return paths.map((path) => {
    const keys = path.split(".").map((key) => /^\d+$/.test(key) ? Number(key) : key);
    const { layer, location } = locate(keys)!;
    const file = location.file.replace(/^.*\/(?=(?:shared|env|parts|pipeline)\b)/, "");
    return `${layer} ${file}:${location.line}:${location.column} ${location.path}`;
  });
}

Deno.test("loadPipeline() lays a file over those that it extends", async () => {
  const { config, baseDir } = await loadTexts({ files: FILES });
  assertEquals([config.name, Object.keys(config.steps)], ["own", ["read", "teach"]]);
  assertEquals(config.steps.teach!.with, { template: "{{ q }}", n: 2, stop: ["a"] });
  assertEquals(config.gates.map(({ metric }) => metric), ["count", "score_mean"]);
  assertEquals(baseDir.endsWith("shared"), false);
  const paths = ["name", "steps.read.use", "steps.teach.use", "gates.0.min", "gates.1.min", "variables.n"];
  assertEquals(await places({ files: FILES }, ...paths), [
    "base pipeline.yaml:2:1 name",
    "base shared/common.yaml:7:11 steps.read.use",
    "base pipeline.yaml:5:5 steps.teach.use",
    "base shared/common.yaml:9:34 gates.0.min",
    "base pipeline.yaml:11:41 gates.1.min",
    "base shared/common.yaml:3:28 variables.n",
  ]);
});

Deno.test("loadPipeline() extends several files, each over those before it, to any depth", async () => {
  const files = {
    "pipeline.yaml": "extends: [shared/common.yaml, shared/other.yaml]\ndescription: own\n",
    "shared/common.yaml": COMMON,
    "shared/other.yaml": "extends: deep/deepest.yaml\nseed: 3\n",
    "shared/deep/deepest.yaml": "seed: 2\nname: deepest\n",
  };
  const { config } = await loadTexts({ files });
  assertEquals([config.name, config.seed, config.description], ["deepest", 3, "own"]);
});

Deno.test("loadPipeline() includes files in maps and lists, below what stands beside them", async () => {
  const files = {
    "pipeline.yaml": `version: 1
name: x
steps:
  $include: parts/steps.yaml
  last: { use: write_jsonl, with: { path: out.jsonl, columns: { $include: parts/columns.yaml } } }
  read: { with: { path: other.jsonl } }
gates:
  - { $include: parts/gate.yaml, min: 2 }
`,
    "parts/steps.yaml":
      "read: { use: read_jsonl, with: { path: rows.jsonl } }\nask:\n  use: text_generation\n  with: { $include: prompt.yaml }\n",
    "parts/prompt.yaml": "template: |\n  One\n  {{ q }}\n",
    "parts/columns.yaml": "- a\n- b\n",
    "parts/gate.yaml": "stage: out\nmetric: count\nmin: 1\n",
  };
  const { config } = await loadTexts({ files });
  assertEquals(Object.keys(config.steps), ["read", "ask", "last"]);
  assertEquals(config.steps.read!.with, { path: "other.jsonl" });
  assertEquals(config.steps.ask!.with, { template: "One\n{{ q }}\n" });
  assertEquals(config.steps.last!.with, { path: "out.jsonl", columns: ["a", "b"] });
  assertEquals(config.gates, [{ stage: "out", metric: "count", min: 2, severity: "fail" }]);
  const paths = [
    "steps",
    "steps.ask",
    "steps.ask.with.template",
    "steps.last.with.columns.1",
    "gates.0.metric",
  ];
  assertEquals(await places({ files }, ...paths), [
    "base pipeline.yaml:3:1 steps",
    "base parts/steps.yaml:2:1 steps.ask",
    "base parts/prompt.yaml:1:1 steps.ask.with.template",
    "base parts/columns.yaml:2:3 steps.last.with.columns.1",
    "base parts/gate.yaml:2:1 gates.0.metric",
  ]);
});

Deno.test("loadPipeline() says where a mistake in an included file is", async () => {
  const files = {
    "pipeline.yaml": "version: 1\nname: x\nsteps: { $include: parts/steps.yaml }\n",
    "parts/steps.yaml": "read:\n  use: read_jsonl\n  on_eror: fail\n",
  };
  assertEquals(await errorLines({ files }), [
    'config.unknown_key parts/steps.yaml:3:3 steps.read.on_eror | Unknown key "on_eror" at steps.read; did you mean "on_error"?',
  ]);
});

Deno.test("loadPipeline() refuses files that cannot be extended or included", async () => {
  const head = "version: 1\nname: x\nsteps: { a: { use: x } }\n";
  const cases: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [
      { "pipeline.yaml": `extends: gone.yaml\n${head}` },
      "config.file_not_found pipeline.yaml:1:1 extends | Cannot read gone.yaml: it does not exist",
    ],
    [
      { "pipeline.yaml": `extends: a.yaml\n${head}`, "a.yaml": "extends: pipeline.yaml\n" },
      "config.invalid_value a.yaml:1:1 extends | Cannot read pipeline.yaml: it includes itself, by way of 2 files",
    ],
    [
      { "pipeline.yaml": `extends: 3\n${head}` },
      "config.invalid_value pipeline.yaml:1:1 extends | Expected a file, or a list of files, after extends",
    ],
    [
      { "pipeline.yaml": `extends: []\n${head}` },
      "config.invalid_value pipeline.yaml:1:1 extends | Expected a file, or a list of files, after extends",
    ],
    [
      { "pipeline.yaml": `${head}budget: { $include: a.yaml, usd: 1 }\n`, "a.yaml": "- 1\n" },
      "config.invalid_value pipeline.yaml:4:11 budget.$include | Expected a map in a.yaml, since it is merged with others",
    ],
    [
      { "pipeline.yaml": `${head}gates: { $apend: [] }\n` },
      "config.invalid_value pipeline.yaml:4:1 gates | Expected a list of maps at gates, found a map",
    ],
  ];
  for (const [files, line] of cases) assertEquals(await errorLines({ files }), [line]);
});

Deno.test("loadPipeline() reads at most 64 files, however they include each other", async () => {
  const twice = (name: string) => `a: { $include: ${name}.yaml }\nb: { $include: ${name}.yaml }\n`;
  const files: Record<string, string> = {
    "pipeline.yaml": `version: 1\nname: x\nsteps: { a: { use: x, with: { $include: f0.yaml } } }\n`,
    "f20.yaml": "x: 1\n",
  };
  for (let n = 0; n < 20; n++) files[`f${n}.yaml`] = twice(`f${n + 1}`);
  const [line, ...others] = await errorLines({ files });
  assertEquals(others, []);
  assertEquals(line?.replace(/^.*\| /, ""), "Expected at most 64 files in one pipeline, found more");
});

Deno.test("loadPipeline() takes environment variables over everything else", async () => {
  const variables = {
    FASTDISTILL__seed: "9",
    FASTDISTILL__steps__teach__with__stop: "[x, y]",
    OTHER__seed: "10",
  };
  const { config, locate } = await loadTexts({ files: FILES, variables, set: ["seed=8"] });
  assertEquals([config.seed, config.steps.teach!.with.stop], [9, ["x", "y"]]);
  const { layer, location } = locate(["steps", "teach", "with", "stop", 1])!;
  assertEquals([layer, location.file, location.path], [
    "variable",
    "FASTDISTILL__steps__teach__with__stop",
    "steps.teach.with.stop.1",
  ]);
});

Deno.test("loadPipeline() refuses environment variables that name nothing", async () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      "FASTDISTILL__",
      "Expected keys with two underscores between them after FASTDISTILL__, found FASTDISTILL__",
    ],
    [
      "FASTDISTILL__steps____use",
      "Expected keys with two underscores between them after FASTDISTILL__, found FASTDISTILL__steps____use",
    ],
    [
      "FASTDISTILL__steps__teech__with__n",
      'Cannot set steps.teech.with.n: no step is named "teech"; did you mean "teach"?',
    ],
    ["FASTDISTILL__seeed", 'Unknown key "seeed" at the top level; did you mean "seed"?'],
  ];
  for (const [name, message] of cases) {
    const [line] = await errorLines({ files: FILES, variables: { [name]: "1" } });
    assertEquals([line?.split(" | ")[1], line?.includes(` ${name}`)], [message, true]);
  }
});

function serve(texts: Readonly<Record<string, string>>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const text = texts[new URL(request.url).pathname];
    return text === undefined ? new Response("no", { status: 404 }) : new Response(text);
  });
  const base = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}`;
  return { base, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("loadPipeline() extends an address that is pinned, and what it names relative to itself", async () => {
  const steps = "read: { use: read_jsonl, with: { path: rows.jsonl } }\n";
  const common = `version: 1\nname: remote\nsteps: { $include: "steps.yaml#sha256=${sha256(steps)}" }\n`;
  await using server = serve({ "/shared/common.yaml": common, "/shared/steps.yaml": steps });
  const address = `${server.base}/shared/common.yaml`;
  const extending = (pin: string) => ({
    files: { "pipeline.yaml": `extends: "${address}${pin}"\nseed: 5\n` },
  });
  const { config, locate } = await loadTexts(extending(`#sha256=${sha256(common)}`));
  assertEquals([config.name, config.seed, config.steps.read!.use], ["remote", 5, "read_jsonl"]);
  assertEquals(locate(["steps", "read"])?.location.file, `${server.base}/shared/steps.yaml`);
  assertEquals(await errorLines(extending("")), [
    `config.invalid_value pipeline.yaml:1:1 extends | Expected a pin after the address ${address}`,
  ]);
  assertEquals(await errorLines(extending(`#sha256=${"0".repeat(64)}`)), [
    `config.invalid_value pipeline.yaml:1:1 extends | Fetched ${address}, and its digest is ${
      sha256(common)
    }, not the pinned one`,
  ]);
  const gone = { files: { "pipeline.yaml": `extends: ${server.base}/gone.yaml\n` } };
  assertEquals(await errorLines(gone), [
    `config.file_not_found pipeline.yaml:1:1 extends | Cannot fetch ${server.base}/gone.yaml: it answers 404`,
  ]);
});

Deno.test("loadPipeline() puts no more in than a text or a configuration may hold", async () => {
  const doubling = (put: (name: string) => string) =>
    Array.from({ length: 40 }, (_, n) => `  v${n + 1}: ${put(`v${n}`)}\n`).join("");
  const head = "version: 1\nname: x\nsteps: { a: { use: x } }\nvariables:\n  v0: abcdefgh\n";
  const texts = head + doubling((name) => `"\${var:${name}}\${var:${name}}"`);
  const [line] = await errorLines({ files: { "pipeline.yaml": texts } });
  assertEquals(
    line,
    "config.invalid_value pipeline.yaml:22:3 variables.v17 | Expected at most 1048576 characters in one text, found more " +
      "at variables.v17",
  );
  const lists = head + doubling((name) => `["\${var:${name}}", "\${var:${name}}"]`);
  const [other] = await errorLines({ files: { "pipeline.yaml": lists } });
  assertEquals(other?.split(" | ")[1], "Expected at most 10000 values, found more");
});
