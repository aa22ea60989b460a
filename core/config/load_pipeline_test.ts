import { assert, assertEquals } from "@std/assert";
import { parseYaml } from "./parse_yaml.ts";
import { loadTexts } from "./_load_texts_test.ts";

const BASE = `version: 1
name: text2sql
seed: 7
providers:
  teacher: { use: replay, with: { recording: teacher.jsonl, strict: true }, price: { input: 0.05, output: 0.20 } }
steps:                       # a step reads the one before it
  questions: { use: read_jsonl, with: { path: questions.jsonl } }
  teach:
    use: text_generation
    provider: teacher
    with: { template: "...{{ question }}...", n: 4, stop: [a, b] }
gates:
  - { stage: distilled, metric: exec_pass_rate, min: 0.95 }
`;

Deno.test("loadPipeline() reads a file and fills in the defaults", async () => {
  const { config, components, baseDir } = await loadTexts({ files: { "pipeline.yaml": BASE } });
  assertEquals(config, {
    version: 1,
    name: "text2sql",
    seed: 7,
    variables: {},
    providers: {
      teacher: {
        use: "replay",
        with: { recording: "teacher.jsonl", strict: true },
        price: { input: 0.05, output: 0.2 },
        limits: { concurrency: 16, adaptive: true, timeout_ms: 120_000, attempts: 5 },
      },
    },
    budget: {},
    steps: {
      questions: {
        use: "read_jsonl",
        with: { path: "questions.jsonl" },
        on_error: "drop",
        max_failure_rate: 0.5,
      },
      teach: {
        use: "text_generation",
        provider: "teacher",
        with: { template: "...{{ question }}...", n: 4, stop: ["a", "b"] },
        on_error: "drop",
        max_failure_rate: 0.5,
      },
    },
    gates: [{ stage: "distilled", metric: "exec_pass_rate", min: 0.95, severity: "fail" }],
    report: { group_by: [] },
    watchdog: { stall_seconds: 60 },
  });
  assertEquals(components, {});
  assert(baseDir.startsWith("/") || /^[A-Z]:/.test(baseDir));
});

Deno.test("loadPipeline() takes `from` as one name or a list", async () => {
  const yaml = `${BASE}`.replace(
    "gates:",
    "  one: { use: x, from: teach }\n  two: { use: x, from: [teach, one] }\ngates:",
  );
  const { config } = await loadTexts({ files: { "pipeline.yaml": yaml } });
  assertEquals([config.steps.one!.from, config.steps.two!.from], [["teach"], ["teach", "one"]]);
});

Deno.test("loadPipeline() lays environment, run file and overrides over the pipeline file", async () => {
  const files = {
    "pipeline.yaml": BASE,
    "env/dev.yaml": "seed: 8\nsteps:\n  extra: { use: shuffle }\n  teach: { with: { n: 2, stop: [c] } }\n",
    "run.yaml": "seed: 9\nbudget: { usd: 1 }\n",
  };
  const set = [
    "budget.tokens=500",
    "steps.teach.with.n=1",
    "gates.0.min=0.999",
    "steps.teach.with.stop=[d, e]",
  ];
  const { config, locate } = await loadTexts({ files, env: "dev", run: "run.yaml", set });
  assertEquals(config.seed, 9);
  assertEquals(Object.keys(config.steps), ["questions", "teach", "extra"]);
  assertEquals(config.steps.teach!.with, { template: "...{{ question }}...", n: 1, stop: ["d", "e"] });
  assertEquals(config.budget, { usd: 1, tokens: 500 });
  assertEquals(config.gates[0]!.min, 0.999);
  const layers = [["seed"], ["budget", "usd"], ["budget", "tokens"], ["steps", "extra", "use"], ["name"], [
    "steps",
    "teach",
  ]]
    .map((path) => locate(path)?.layer);
  assertEquals(layers, ["run", "run", "set", "env", "base", "base"]);
});

Deno.test("loadPipeline() starts a component's configuration afresh where a layer names another component", async () => {
  const live = "providers:\n  teacher: { use: openai_compatible, with: { model: tiny } }\n";
  const files = { "pipeline.yaml": BASE, "env/live.yaml": live };
  const { config, locate } = await loadTexts({ files, env: "live" });
  assertEquals(config.providers.teacher!.use, "openai_compatible");
  assertEquals(config.providers.teacher!.with, { model: "tiny" });
  assertEquals(config.providers.teacher!.price, { input: 0.05, output: 0.2 });
  assertEquals(locate(["providers", "teacher", "with"])?.layer, "env");
});

Deno.test("loadPipeline() knows line and column of every value, and the deepest known place above others", async () => {
  const { locate } = await loadTexts({ files: { "pipeline.yaml": BASE }, set: ["report.group_by=[a]"] });
  const at = (...path: (string | number)[]) => {
    const { location, written } = locate(path)!;
    return [location.line, location.column, location.path, written];
  };
  assertEquals(at("seed"), [3, 1, "seed", 7]);
  assertEquals(at("providers", "teacher", "with", "recording"), [
    5,
    35,
    "providers.teacher.with.recording",
    "teacher.jsonl",
  ]);
  assertEquals(at("steps", "teach"), [8, 3, "steps.teach", undefined]);
  assertEquals(at("steps", "teach", "with", "stop", 1), [11, 63, "steps.teach.with.stop.1", "b"]);
  assertEquals(at("steps", "teach", "from"), [8, 3, "steps.teach", undefined]);
  assertEquals(at("steps", "teach", "from", 0), [8, 3, "steps.teach", undefined]);
  assertEquals(at("gates", 0, "metric"), [13, 25, "gates.0.metric", "exec_pass_rate"]);
  assertEquals(at("nothing", "of", "this"), [1, 1, undefined, undefined]);
  assertEquals(at("report", "group_by", 0), [undefined, undefined, "report.group_by.0", "a"]);
});

Deno.test("loadPipeline() replaces variables after the merge, as text", async () => {
  const yaml = BASE.replace("questions.jsonl", "'${env:FOLDER}/${env:FILE:-q.jsonl}'") +
    'description: "$${env:FOLDER} costs ${5}"\n';
  const { config, source } = await loadTexts({
    files: { "pipeline.yaml": yaml },
    variables: { FOLDER: "012", FILE: "" },
  });
  assertEquals(config.steps.questions!.with, { path: "012/q.jsonl" });
  assertEquals(config.description, "${env:FOLDER} costs ${5}");
  assert(source.includes("${env:FOLDER}/${env:FILE:-q.jsonl}"));
});

Deno.test("loadPipeline() does not ask for a variable that a later layer replaced", async () => {
  const files = { "pipeline.yaml": BASE.replace("questions.jsonl", "'${env:GONE}'") };
  const { config } = await loadTexts({ files, set: ["steps.questions.with.path=here.jsonl"] });
  assertEquals(config.steps.questions!.with, { path: "here.jsonl" });
});

Deno.test("loadPipeline() keeps a source that reads as the same pipeline and holds no secret", async () => {
  const live =
    'providers: { live: { use: x, with: { api_key: "${env:KEY}", headers: { authorization: Bearer abcdefghijklmnop } } } }\n';
  const files = { "pipeline.yaml": BASE, "env/live.yaml": live };
  const set = [
    "providers.live.with.access_token=plain-secret",
    "steps.teach.with.template=line 1\nline 2: 'x' # \"y\"",
  ];
  const { source, config } = await loadTexts({ files, env: "live", set, variables: { KEY: "hunter2" } });
  for (const secret of ["hunter2", "plain-secret", "abcdefghijklmnop"]) {
    assert(!source.includes(secret), secret);
  }
  assert(source.includes("api_key: ${env:KEY}") || source.includes("api_key: '${env:KEY}'"));
  const again = await loadTexts({ files: { "pipeline.yaml": source }, variables: { KEY: "hunter2" } });
  assertEquals(again.config.steps, config.steps);
  assertEquals(again.source, source);
  assertEquals(Object.keys(parseYaml(source) as object), [
    "version",
    "name",
    "seed",
    "providers",
    "steps",
    "gates",
  ]);
});

Deno.test("loadPipeline() reads a file with a byte order mark and Windows line ends", async () => {
  const { locate, config } = await loadTexts({
    files: { "pipeline.yaml": `\uFEFF${BASE.replaceAll("\n", "\r\n")}` },
  });
  assertEquals(config.seed, 7);
  assertEquals(locate(["seed"])?.location.line, 3);
});
