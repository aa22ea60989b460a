import { assertEquals } from "@std/assert";
import { hasPlaceholder, interpolate, withoutSecrets } from "./_interpolate.ts";

const VARIABLES: Readonly<Record<string, string>> = { NAME: "value", EMPTY: "", DOLLAR: "${env:NAME} $& $1" };

function replaced(text: string): unknown {
  const { value, errors } = interpolate({ text }, {
    readEnv: (name) => VARIABLES[name],
    locate: () => undefined,
  });
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
  ];
  for (const [text, expected] of cases) assertEquals(replaced(text), expected, text);
});

Deno.test("interpolate() reaches every text, and no key", () => {
  const config = { "${env:NAME}": [{ a: "${env:NAME}", n: 1, b: null }, "${env:NAME}"] };
  const { value } = interpolate(config, { readEnv: (name) => VARIABLES[name], locate: () => undefined });
  assertEquals(value, { "${env:NAME}": [{ a: "value", n: 1, b: null }, "value"] });
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
    secret: "",
    auth: { user: "plain", list: ["plain"] },
    max_tokens: 5,
    note: "Bearer abcdefghijkl",
  };
  assertEquals(withoutSecrets(config), {
    api_key: "[redacted]",
    token: "${env:TOKEN}",
    password: "${env:PASSWORD:-[redacted]}",
    secret: "",
    auth: { user: "[redacted]", list: ["[redacted]"] },
    max_tokens: 5,
    note: "[redacted]",
  });
});
