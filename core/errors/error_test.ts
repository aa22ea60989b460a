import { assert, assertEquals } from "@std/assert";
import { ERROR_CODES } from "./codes.ts";
import { describeThrown, FastDistillError, isFastDistillError } from "./error.ts";
import { exitCodeOf } from "./exit_code.ts";
import { didYouMean, nearestName } from "./nearest.ts";
import { redact, redactText } from "./redact.ts";

// Made up for this test; none was ever valid.
const KEYS = [
  "sk-" + "a1b2c3d4e5f6g7h8",
  "ghp_" + "0123456789abcdefghij",
  "AKIA" + "ABCDEFGHIJKLMNOP",
  "hf_" + "abcdefghijklmnopq",
];

Deno.test("FastDistillError holds no secret, wherever it was put", () => {
  for (const key of KEYS) {
    const error = new FastDistillError("provider.auth", `Asked with ${key}`, {
      hint: `Bearer ${key}`,
      context: { headers: { Authorization: `Bearer ${key}` }, body: [`the key is ${key}`], api_key: key },
    });
    assert(!JSON.stringify(error).includes(key), JSON.stringify(error));
    assert(!String(error.stack).includes(key));
  }
});

Deno.test("redact() keeps what is not a secret", () => {
  const usage = {
    input_tokens: 3,
    output_tokens: 4,
    max_tokens: 100,
    tokens: 7,
    password: "x",
    url: "https://me:pw@host/v1",
  };
  assertEquals(redact(usage), { ...usage, password: "[redacted]", url: "https://me:[redacted]@host/v1" });
  assertEquals(
    redactText("task-force and risk-assessment-of-everything"),
    "task-force and risk-assessment-of-everything",
  );
});

Deno.test("isFastDistillError() recognises errors of another copy of the package", () => {
  const foreign = Object.assign(new Error("x"), { [Symbol.for("fastdistill.error")]: true });
  assert(isFastDistillError(foreign));
  assert(!isFastDistillError(new Error("x")));
  assert(!isFastDistillError({ code: "config.usage" }));
});

Deno.test("FastDistillError takes whether to retry from the catalogue, and lets it be overruled", () => {
  assertEquals(new FastDistillError("provider.timeout", "x").retryable, true);
  assertEquals(new FastDistillError("provider.timeout", "x", { retryable: false }).retryable, false);
  assertEquals(new FastDistillError("plugin.mine", "x").retryable, false);
});

Deno.test("exitCodeOf() tells usage, gate, budget and interruption apart", () => {
  const code = (name: keyof typeof ERROR_CODES) => exitCodeOf(new FastDistillError(name, "x"));
  assertEquals(code("config.unknown_key"), 2);
  assertEquals(code("registry.not_found"), 2);
  assertEquals(code("graph.cycle"), 2);
  assertEquals(code("step.template_variable"), 2);
  assertEquals(code("gate.failed"), 3);
  assertEquals(code("budget.exhausted"), 4);
  assertEquals(code("run.interrupted"), 130);
  assertEquals(code("data.malformed"), 1);
  assertEquals(exitCodeOf(new Error("x")), 1);
});

Deno.test("ERROR_CODES are dotted, with a summary and a remedy without a final period", () => {
  for (const [code, { summary, remedy }] of Object.entries(ERROR_CODES)) {
    assert(/^[a-z]+\.[a-z_]+$/.test(code), code);
    for (const text of [summary, remedy]) assert(/^[A-Z].*[^.]$/.test(text), `${code}: ${text}`);
  }
});

Deno.test("nearestName() finds typing errors and leaves the rest alone", () => {
  const known = ["read_jsonl", "dedup_exact", "text_generation", "select"];
  assertEquals(nearestName("text_genration", known), "text_generation");
  assertEquals(nearestName("slect", known), "select");
  assertEquals(nearestName("Select", known), "select");
  assertEquals(nearestName("write_parquet", known), undefined);
  assertEquals(didYouMean("read_json", known), '; did you mean "read_jsonl"?');
  assertEquals(didYouMean("x", []), "");
});

Deno.test("describeThrown() says something of anything", () => {
  assertEquals(describeThrown(new FastDistillError("config.usage", "Bad flag")), "config.usage: Bad flag");
  assertEquals(describeThrown(new RangeError("too big")), "too big");
  assertEquals([describeThrown("text"), describeThrown(undefined)], ["text", "undefined"]);
});
