import { assertEquals } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { hasPlaceholder, interpolate, type InterpolateOptions, withoutSecrets } from "./_interpolate.ts";

const VARIABLES: Readonly<Record<string, string>> = { NAME: "value", EMPTY: "", DOLLAR: "${env:NAME} $& $1" };

const FROM: InterpolateOptions = {
  readEnv: (name) => VARIABLES[name],
  readFile: (path) => {
    if (path === "key.txt") return "from a file\n";
    throw new FastDistillError("data.file_not_found", `Cannot read ${path}: there is no such file`);
  },
  locate: () => undefined,
};

function replaced(text: string): unknown {
  const { value, errors } = interpolate({ text }, FROM);
  return errors.length === 0 ? value.text : errors.map(({ code }) => code);
}

Deno.test("interpolate() replaces variables, defaults and escapes", () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ["${env:NAME}", "value"],
    ["a ${env:NAME}${env:NAME} b", "a valuevalue b"],
    ["${env:EMPTY}", ""],
    ["${env:EMPTY:-default}", "default"],
    ["${env:NAME:-default}", "value"],
    ["${env:MISSING:-}", ""],
    ["${env:MISSING:-a b:-c\n$d}", "a b:-c\n$d"],
    ["$${env:NAME}", "${env:NAME}"],
    ["$$${env:NAME}", "$${env:NAME}"],
    ["${HOME} ${} $env {env:NAME}", "${HOME} ${} $env {env:NAME}"],
    ["${env:DOLLAR}", "${env:NAME} $& $1"],
    ["${env:MISSING}", ["config.missing_env"]],
    ["${env:MISSING} ${env:GONE}", ["config.missing_env", "config.missing_env"]],
    ["${env:}", ["config.invalid_value"]],
    ["${env:a-b}", ["config.invalid_value"]],
    ["${env:NAME", ["config.invalid_value"]],
    ["${file:key.txt}", "from a file"],
    ["Key ${file:key.txt}, ${env:NAME}", "Key from a file, value"],
    ["${file:gone.txt}", ["config.file_not_found"]],
    ["${file:}", ["config.invalid_value"]],
    ["${file:a", ["config.invalid_value"]],
    ["${var:gone}", ["config.unknown_key"]],
    ["$${var:gone} $${file:gone}", "${var:gone} ${file:gone}"],
  ];
  for (const [text, expected] of cases) assertEquals(replaced(text), expected, text);
});

Deno.test("interpolate() reaches every text, and no key", () => {
  const config = { "${env:NAME}": [{ a: "${env:NAME}", n: 1, b: null }, "${env:NAME}"] };
  const { value } = interpolate(config, FROM);
  assertEquals(value, { "${env:NAME}": [{ a: "value", n: 1, b: null }, "value"] });
});

function withVariables(text: string): unknown {
  const variables = {
    model: "qwen",
    n: 4,
    nested: { list: [1, "${var:model}"], key: "${file:key.txt}" },
    full: "${var:model}-${var:n}",
    a: "${var:b}",
    b: "x${var:a}",
  };
  const { value, errors } = interpolate({ variables, text }, FROM);
  const own = errors.filter(({ message }) => !message.includes("circle"));
  return own.length === 0 ? value.text : own.map(({ code, message }) => `${code} ${message}`);
}

Deno.test("interpolate() puts in variables: alone of any type, inside a text as text", () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ["${var:model}", "qwen"],
    ["${var:n}", 4],
    ["n is ${var:n}", "n is 4"],
    ["${var:nested.list}", [1, "qwen"]],
    ["${var:nested.key}", "from a file"],
    ["${var:full}!", "qwen-4!"],
    ["${var:modle}", [
      'config.unknown_key No variable is named "modle"; did you mean "model"?, needed at text',
    ]],
    ["x${var:nested}", [
      'config.invalid_value Cannot put the variable "nested" inside a text, for it is a map, at text',
    ]],
  ];
  for (const [text, expected] of cases) assertEquals(withVariables(text), expected, text);
});

Deno.test("interpolate() names variables that go round in a circle", () => {
  const config = { variables: { a: "${var:b}", b: "x${var:c}", c: "${var:a}" } };
  const { errors } = interpolate(config, FROM);
  assertEquals(errors.map(({ message }) => message), [
    "Variables go round in a circle: a -> b -> c -> a, at variables.c",
  ]);
});

Deno.test("hasPlaceholder() knows placeholders from escapes", () => {
  assertEquals(["${env:A}", "x ${env:A}", "$${env:A}", "${A}", 1].map(hasPlaceholder), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

Deno.test("withoutSecrets() keeps placeholders and takes out what is written out", () => {
  const config = {
    api_key: "plain",
    token: "${env:TOKEN}",
    password: "${env:PASSWORD:-plain}",
    cookie: "${file:/run/secrets/cookie}",
    auth_token: "${var:token}",
    secret: "",
    auth: { user: "plain", list: ["plain"] },
    max_tokens: 5,
    note: "Bearer abcdefghijkl",
  };
  assertEquals(withoutSecrets(config), {
    api_key: "[redacted]",
    token: "${env:TOKEN}",
    password: "${env:PASSWORD:-[redacted]}",
    cookie: "${file:/run/secrets/cookie}",
    auth_token: "${var:token}",
    secret: "",
    auth: { user: "[redacted]", list: ["[redacted]"] },
    max_tokens: 5,
    note: "[redacted]",
  });
});
