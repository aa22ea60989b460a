import type { FastDistillError } from "@fastdistill/core";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { configOf, NOW } from "../../tests/_providers/open_provider.ts";
import type { OpenAICompatibleConfig } from "./config.ts";
import { type Connection, connectionOf } from "./connection.ts";
import { badResponse, connectionError, errorInAnswer, statusError } from "./errors.ts";
import openAICompatible from "./openai_compatible.ts";

const KEY = "key-that-looks-like-nothing/1";

function connection(config: Record<string, unknown> = {}, env: Record<string, string> = {}): Connection {
  const full = configOf(openAICompatible, { base_url: "http://127.0.0.1:1/v1", model: "m", ...config });
  return connectionOf(full as OpenAICompatibleConfig, {
    name: "teacher",
    fetch,
    env: (name) => env[name],
    now: () => NOW,
    files: undefined as never,
  });
}

interface Answer {
  readonly status: number;
  readonly text?: string;
  readonly headers?: Record<string, string>;
}

function errorOf(
  { status, text = "", headers = {} }: Answer,
  of: Connection = connection(),
): FastDistillError {
  return statusError(of, { status, text, headers: new Headers(headers) });
}

function fixture(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`_fixtures/${name}`, import.meta.url));
}

Deno.test("statusError() gives every status its code", () => {
  const expected: readonly (readonly [number, string, boolean])[] = [
    [304, "provider.bad_request", false],
    [400, "provider.bad_request", false],
    [401, "provider.auth", false],
    [402, "provider.rate_limited", false],
    [403, "provider.auth", false],
    [404, "provider.bad_request", false],
    [408, "provider.timeout", true],
    [409, "provider.rate_limited", true],
    [418, "provider.bad_request", false],
    [422, "provider.bad_request", false],
    [425, "provider.rate_limited", true],
    [429, "provider.rate_limited", true],
    [500, "provider.unavailable", true],
    [502, "provider.unavailable", true],
    [503, "provider.overloaded", true],
    [504, "provider.timeout", true],
    [520, "provider.unavailable", true],
    [524, "provider.timeout", true],
    [529, "provider.overloaded", true],
  ];
  for (const [status, code, retryable] of expected) {
    const error = errorOf({ status, text: '{"error":{"message":"The reason."}}' });
    assertEquals([error.code, error.retryable], [code, retryable], String(status));
    assertEquals(
      error.message,
      `Asked http://127.0.0.1:1/v1 for an answer of "m", got status ${status}: The reason`,
    );
    assertEquals(error.context.status, status);
  }
});

Deno.test("statusError() reads the bodies of several servers", async () => {
  const expected: readonly (readonly [string, number, string, string])[] = [
    ["error_openai_key.json", 401, "provider.auth", "Incorrect API key provided: [redacted]. You can"],
    ["error_openai_context.json", 400, "provider.context_window", "8227 tokens"],
    ["error_azure_filter.json", 400, "provider.content_filter", "content management policy"],
    ["error_azure_deployment.json", 404, "provider.model_not_found", "does not exist"],
    ["error_vllm_context.json", 400, "provider.context_window", "you requested 5200 tokens"],
    ["error_llama_cpp_context.json", 400, "provider.context_window", "4390 tokens"],
    ["error_llama_cpp_context.json", 500, "provider.context_window", "4390 tokens"],
    ["error_ollama_model.json", 404, "provider.model_not_found", 'model "nope" not found'],
    ["error_fastapi_validation.json", 422, "provider.bad_request", "body.temperature: Input should be"],
    ["error_gemini_list.json", 400, "provider.auth", "API key not valid"],
    ["error_page.html", 502, "provider.unavailable", "status 502: 502 Bad Gateway 502 Bad Gateway nginx"],
  ];
  for (const [name, status, code, excerpt] of expected) {
    const error = errorOf({ status, text: await fixture(name) });
    assertEquals(error.code, code, name);
    assertStringIncludes(error.message, excerpt);
  }
});

Deno.test("statusError() recognises refusals by their words where there is no machine name", () => {
  const expected: readonly (readonly [number, string, string])[] = [
    [403, "Your input was flagged by our moderation", "provider.content_filter"],
    [400, "The prompt is too long: 9000 tokens", "provider.context_window"],
    [413, "Maximum prompt length is 131072", "provider.context_window"],
    [422, "`inputs` tokens + `max_new_tokens` must be <= 4096", "provider.context_window"],
    [400, "vendor/x is not a valid model ID", "provider.model_not_found"],
    [404, "The model `x` does not exist", "provider.model_not_found"],
    [400, "'max_tokens' is too large: this model supports at most 16384", "provider.bad_request"],
    [500, "The context length code crashed", "provider.unavailable"],
  ];
  for (const [status, message, code] of expected) {
    assertEquals(errorOf({ status, text: JSON.stringify({ error: { message } }) }).code, code, message);
  }
});

Deno.test("statusError() says how long to wait only where waiting helps", async () => {
  const text = '{"error":{"message":"slow down"}}';
  const waitOf = (status: number, headers: Record<string, string>, body = text) =>
    errorOf({ status, text: body, headers }).context.retry_after_ms;
  assertEquals(waitOf(429, { "retry-after": "3" }), 3000);
  assertEquals(waitOf(503, { "retry-after": new Date(NOW + 2000).toUTCString() }), 2000);
  assertEquals(waitOf(429, { "retry-after-ms": "120" }), 120);
  assertEquals(waitOf(429, { "x-ratelimit-reset-tokens": "1m2s" }), 62_000);
  assertEquals(waitOf(500, { "x-ratelimit-reset-tokens": "1m2s" }), undefined);
  assertEquals(waitOf(400, { "retry-after": "3" }), undefined);
  assertEquals(waitOf(429, { "retry-after": "3" }, await fixture("error_openai_quota.json")), undefined);
});

Deno.test("statusError() does not call a used-up quota something to try again", async () => {
  const error = errorOf({ status: 429, text: await fixture("error_openai_quota.json") });
  assertEquals([error.code, error.retryable], ["provider.rate_limited", false]);
  assertStringIncludes(error.hint!, "quota");
  assertEquals(error.context.endpoint_code, "insufficient_quota, insufficient_quota");
});

Deno.test("statusError() says which variable would hold the key when none was sent", () => {
  assertEquals(errorOf({ status: 401 }).hint, "No key was sent: set OPENAI_API_KEY");
  assertEquals(errorOf({ status: 401 }, connection({ api_key: KEY })).hint, undefined);
  assertEquals(
    errorOf({ status: 401 }, connection({ api_key_env: "MINE" })).hint,
    "No key was sent: set MINE",
  );
});

Deno.test("statusError() keeps the endpoint's own id of the request", () => {
  assertEquals(errorOf({ status: 500, headers: { "x-request-id": "req_1" } }).context.request_id, "req_1");
});

Deno.test("statusError() refuses redirects and says where they lead", () => {
  const error = errorOf({ status: 307, headers: { location: "https://elsewhere.test/v1/chat/completions" } });
  assertEquals(error.code, "provider.bad_request");
  assertStringIncludes(error.message, "a redirect to https://elsewhere.test/v1/chat/completions");
});

Deno.test("statusError() removes keys, header values and passwords that the server echoes", () => {
  const of = connection({
    base_url: "http://user:p%40ssword@127.0.0.1:1/v1?sig=signature-1",
    api_key: KEY,
    headers: { "api-key": "azure-key-0001", "x-auth": "Token inner-token" },
  });
  const echoed = `${KEY} ${KEY.replace("/", "\\/")} azure-key-0001 inner-token p@ssword signature-1`;
  for (
    const error of [
      errorOf({ status: 401, text: JSON.stringify({ error: { message: echoed, code: KEY } }) }, of),
      errorOf({ status: 500, text: echoed, headers: { "x-request-id": KEY } }, of),
      errorOf({ status: 308, headers: { location: `http://x/?k=${KEY}` } }, of),
      badResponse(of, { reason: "something that is not JSON", text: echoed }),
      errorInAnswer(of, { error: { message: echoed }, headers: new Headers() }),
      connectionError(of, new TypeError("fetch failed", { cause: new Error(echoed) })),
    ]
  ) {
    const shown = [JSON.stringify(error), error.stack, String(error.cause), error.hint].join("\n");
    for (const secret of [KEY, "azure-key-0001", "inner-token", "p@ssword", "signature-1", "user:"]) {
      assertEquals(shown.includes(secret), false, secret);
    }
    assertStringIncludes(error.message, "[redacted]");
  }
});

Deno.test("statusError() cuts a long message, after the key was taken out", () => {
  const text = JSON.stringify({ error: { message: "y".repeat(490) + KEY + "z".repeat(9000) } });
  const { message } = errorOf({ status: 500, text }, connection({ api_key: KEY }));
  assertEquals(message.includes("key-that"), false);
  assertMatch(message, /\.\.\.$/);
  assertEquals(message.length < 600, true);
});

Deno.test("statusError() survives a body of any kind", () => {
  for (const text of ["", "null", "[]", "7", '"text"', '{"error":"text"}', '{"error":[]}', "{", "\u0000"]) {
    assertEquals(errorOf({ status: 500, text }).code, "provider.unavailable", text);
  }
  assertStringIncludes(errorOf({ status: 500, text: '{"error":"the text"}' }).message, "500: the text");
});

Deno.test("connectionError() tells the whole chain of reasons and keeps no cause", () => {
  const refused = Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" });
  const error = connectionError(connection(), new TypeError("fetch failed", { cause: refused }));
  assertEquals([error.code, error.retryable, error.cause], ["provider.connection", true, undefined]);
  assertEquals(
    error.message,
    'Asked http://127.0.0.1:1/v1 for an answer of "m", got fetch failed: ECONNREFUSED',
  );
});

Deno.test("errorInAnswer() uses the status that the answer states", () => {
  const code = (error: unknown) => errorInAnswer(connection(), { error, headers: new Headers() }).code;
  assertEquals(code({ code: 429, message: "x" }), "provider.rate_limited");
  assertEquals(code({ code: "503", message: "x" }), "provider.overloaded");
  assertEquals(code({ code: "context_length_exceeded", message: "x" }), "provider.context_window");
  assertEquals(code("went wrong"), "provider.unavailable");
});
