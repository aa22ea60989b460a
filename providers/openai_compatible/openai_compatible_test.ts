import { type ChatRequest, type FastDistillError, type Provider, stripConfig } from "@fastdistill/core";
import { testProvider } from "@fastdistill/core/testing";
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { configOf, openProvider } from "../../tests/_providers/open_provider.ts";
import {
  byAttempt,
  completion,
  deterministic,
  failure,
  type OpenAIServer,
  type Reply,
  type Script,
  startOpenAIServer,
} from "../../tests/_servers/openai_server.ts";
import { ANSWER_BYTES_MAX } from "./chat.ts";
import openAICompatible from "./openai_compatible.ts";

const KEY = "no-known-vendor-0123456789";
const REQUEST: ChatRequest = { model: "m", messages: [{ role: "user", content: "hi" }], decode: {} };

async function withServer(
  script: Script | undefined,
  use: (server: OpenAIServer, open: (config?: Record<string, unknown>) => Promise<Provider>) => Promise<void>,
): Promise<void> {
  await using server = await startOpenAIServer(script);
  await use(
    server,
    (config = {}) => openProvider(openAICompatible, { base_url: server.baseUrl, model: "m", ...config }),
  );
}

function ask(provider: Provider, sampleIndexes: readonly number[] = [0], request: ChatRequest = REQUEST) {
  return provider.chat!({ request, sampleIndexes, signal: new AbortController().signal });
}

async function failureOf(reply: Reply, config: Record<string, unknown> = {}): Promise<FastDistillError> {
  let error: FastDistillError | undefined;
  await withServer(() => reply, async (_, open) => {
    const provider = await open(config);
    error = await assertRejects(() => ask(provider)) as FastDistillError;
  });
  return error!;
}

/** A server with one script, and the provider that asks it. */
function make(script?: Script) {
  return async () => {
    const server = await startOpenAIServer(script);
    const provider = await openProvider(openAICompatible, {
      base_url: server.baseUrl,
      model: "m",
      api_key: KEY,
    });
    return { provider, server, dispose: () => server[Symbol.asyncDispose]() };
  };
}

const echo = (status: number): Script => ({ headers }) =>
  failure(status, `You sent ${headers.authorization}`);

testProvider("openai_compatible", {
  test: Deno.test,
  make: make(),
  secrets: [KEY],
  hanging: async () => {
    const { server, ...opened } = await make(() => ({ failure: "hang" }))();
    return { ...opened, called: server.arrived(1) };
  },
  failures: {
    "the key is refused and echoed": { make: make(echo(401)), code: "provider.auth", retryable: false },
    "the endpoint is busy": { make: make(echo(429)), code: "provider.rate_limited", retryable: true },
    "the endpoint breaks": { make: make(echo(500)), code: "provider.unavailable", retryable: true },
    "the endpoint is overloaded": { make: make(echo(503)), code: "provider.overloaded" },
    "a proxy gives up": { make: make(echo(504)), code: "provider.timeout" },
    "the request is refused": { make: make(echo(400)), code: "provider.bad_request", retryable: false },
    "the body is cut off": {
      make: make(({ headers }) => ({ body: `{"choices":[{"m": "${headers.authorization}` })),
      code: "provider.bad_response",
    },
    "the connection breaks before the answer": {
      make: make(() => ({ failure: "reset" })),
      code: "provider.connection",
      retryable: true,
    },
    "the connection breaks inside the answer": {
      make: make(() => ({ ...completion(["x".repeat(1000)]), failure: "reset_mid_body" })),
      code: "provider.connection",
    },
  },
});

testProvider("openai_compatible on a server that ignores n", {
  test: Deno.test,
  make: make(() => completion(["only one"])),
  hanging: "the case does not depend on n",
  failures: {},
});

testProvider("openai_compatible on a server that answers too much", {
  test: Deno.test,
  make: make(() => completion(["a", "b", "c", "d", "e"])),
  hanging: "the case does not depend on n",
  failures: {},
});

Deno.test("chat() posts to chat/completions with key, organization and headers", async () => {
  await withServer(undefined, async (server, open) => {
    await ask(await open({ api_key: KEY, organization: "org-1", headers: { "x-title": "tests" } }));
    const { method, path, headers } = server.requests[0]!;
    assertEquals([method, path], ["POST", "/v1/chat/completions"]);
    assertEquals([headers.authorization, headers["openai-organization"]], [`Bearer ${KEY}`, "org-1"]);
    assertEquals([headers["x-title"], headers["content-type"]], ["tests", "application/json"]);
  });
});

Deno.test("chat() takes the key from the variable that is named, and sends none when it is not set", async () => {
  await using server = await startOpenAIServer();
  const authorization = async (config: Record<string, unknown>, env: Record<string, string>) => {
    const full = { base_url: server.baseUrl, model: "m", ...config };
    await ask(await openProvider(openAICompatible, full, { env }));
    return server.requests.at(-1)!.headers.authorization;
  };
  assertEquals(await authorization({}, { OPENAI_API_KEY: `${KEY}\n` }), `Bearer ${KEY}`);
  assertEquals(
    await authorization({ api_key_env: "MY_KEY" }, { MY_KEY: KEY, OPENAI_API_KEY: "no" }),
    `Bearer ${KEY}`,
  );
  assertEquals(await authorization({ api_key: KEY }, { OPENAI_API_KEY: "other-key" }), `Bearer ${KEY}`);
  assertEquals(await authorization({}, {}), undefined);
  assertEquals(await authorization({}, { OPENAI_API_KEY: " " }), undefined);
  assertEquals(await authorization({ api_key_env: "" }, { OPENAI_API_KEY: KEY }), undefined);
});

Deno.test("chat() keeps the query of the base URL, as Azure needs it, and sends its user as basic authentication", async () => {
  await withServer(undefined, async (server, open) => {
    const base = server.baseUrl.replace("http://", "http://me:s%C3%A9cret@");
    const provider = await open({ base_url: `${base}/deployments/d/?api-version=2024-10-21` });
    await ask(provider);
    const { path, headers } = server.requests[0]!;
    assertEquals(path, "/v1/deployments/d/chat/completions?api-version=2024-10-21");
    assertEquals(headers.authorization, "Basic bWU6c8OpY3JldA==");
    assertEquals(provider.endpoint, `${server.baseUrl}/deployments/d`);
  });
});

Deno.test("chat() lets a header of the configuration win over the key", async () => {
  await withServer(undefined, async (server, open) => {
    await ask(await open({ api_key: KEY, headers: { Authorization: "Api-Key other-0001" } }));
    assertEquals(server.requests[0]!.headers.authorization, "Api-Key other-0001");
  });
});

Deno.test("chat() asks for all samples in one call, and no more than max_choices", async () => {
  await withServer(undefined, async (server, open) => {
    assertEquals((await ask(await open(), [0, 1, 2, 3])).choices.length, 4);
    assertEquals((await ask(await open({ max_choices: 3 }), [0, 1, 2, 3])).choices.length, 3);
    assertEquals((await ask(await open({ max_choices: 1 }), [0, 1])).choices.length, 1);
    assertEquals(server.requests.map(({ body }) => body.n), [4, 3, undefined]);
  });
});

Deno.test("chat() gives sample i the same seed whichever call asks for it", async () => {
  await withServer(deterministic, async (_, open) => {
    const seeded = { ...REQUEST, decode: { seed: 100 } };
    const provider = await open();
    const together = (await ask(provider, [0, 1, 2, 3], seeded)).choices.map(({ content }) => content);
    const last = (await ask(provider, [3], seeded)).choices.map(({ content }) => content);
    const holed = (await ask(provider, [1, 3], seeded)).choices.map(({ content }) => content);
    assertEquals(last, together.slice(3));
    assertEquals(holed, together.slice(1, 2));
  });
});

Deno.test("chat() follows no redirect, so that no key reaches another host", async () => {
  await using other = await startOpenAIServer();
  const reply = { status: 307, headers: { location: `${other.baseUrl}/chat/completions` }, body: {} };
  const error = await failureOf(reply, { headers: { "api-key": KEY } });
  assertEquals(error.code, "provider.bad_request");
  assertEquals(other.requests.length, 0);
});

Deno.test("chat() reads no more than the largest answer allowed", async () => {
  const error = await failureOf({ body: "x" + " ".repeat(ANSWER_BYTES_MAX) });
  assertEquals(error.code, "provider.bad_response");
  assertStringIncludes(error.message, `got an answer of more than ${ANSWER_BYTES_MAX} bytes: x`);
});

Deno.test("chat() stops reading a body when the signal aborts", async () => {
  await withServer(
    () => ({ ...completion(["x".repeat(5000)]), failure: "hang_mid_body" }),
    async (server, open) => {
      const controller = new AbortController();
      const provider = await open();
      const answer = provider.chat!({ request: REQUEST, sampleIndexes: [0], signal: controller.signal });
      const reason = new Error("enough");
      const rejected = answer.then(() => undefined, (thrown) => thrown);
      await server.arrived(1);
      controller.abort(reason);
      assertEquals(await rejected, reason);
    },
  );
});

Deno.test("chat() reports a server that is not there as a connection that failed", async () => {
  const server = await startOpenAIServer();
  await server[Symbol.asyncDispose]();
  const provider = await openProvider(openAICompatible, {
    base_url: server.baseUrl,
    model: "m",
    api_key: KEY,
  });
  const error = await assertRejects(() => ask(provider)) as FastDistillError;
  assertEquals([error.code, error.retryable], ["provider.connection", true]);
  assertStringIncludes(error.message, server.baseUrl);
});

Deno.test("chat() is asked again after a failure without remembering it", async () => {
  await withServer(byAttempt(failure(503, "busy"), completion(["late"])), async (_, open) => {
    const provider = await open();
    await assertRejects(() => ask(provider));
    assertEquals((await ask(provider)).choices[0]!.content, "late");
  });
});

Deno.test("chat() refuses to be asked for nothing", async () => {
  await withServer(undefined, async (_, open) => {
    const provider = await open();
    await assertRejects(() => ask(provider, []), RangeError, "sampleIndexes is empty");
  });
});

Deno.test("open() states one endpoint for every way to write it, without credentials and query", async () => {
  const endpointOf = async (base_url: string, extra?: unknown) =>
    (await openProvider(openAICompatible, {
      base_url,
      model: "m",
      ...(extra === undefined ? {} : { extra }),
    })).endpoint;
  for (
    const base of [
      "https://api.example.test/v1",
      "HTTPS://API.example.test:443/v1/",
      "https://me:pw@api.example.test/v1//?key=1#x",
      "https://api.example.test/v1/chat/completions",
    ]
  ) assertEquals(await endpointOf(base), "https://api.example.test/v1", base);
  assertEquals(await endpointOf("http://h:8080"), "http://h:8080");
});

Deno.test("open() makes extra fields a part of the endpoint's identity, since they change answers", async () => {
  const endpointOf = async (extra: unknown) =>
    (await openProvider(openAICompatible, { base_url: "http://h/v1", model: "m", extra })).endpoint;
  assertEquals(await endpointOf({}), "http://h/v1");
  assertEquals(await endpointOf({ top_k: 1, a: 2 }), await endpointOf({ a: 2, top_k: 1 }));
  assertEquals(await endpointOf({ top_k: 1 }) === await endpointOf({ top_k: 2 }), false);
});

Deno.test("open() refuses a key that HTTP cannot carry without showing it", async () => {
  const open = () => openProvider(openAICompatible, { model: "m", api_key: `${KEY}\nx: y` });
  const error = await assertRejects(open) as FastDistillError;
  assertEquals(error.code, "config.invalid_value");
  assertEquals([error.message, JSON.stringify(error), String(error.stack)].join().includes(KEY), false);
});

Deno.test("config keeps what changes no answer, and every secret, out of a pipeline's signature", () => {
  const answering = { base_url: "http://h/v1", model: "m", extra: { top_k: 1 } };
  const other = { api_key: KEY, api_key_env: "X", organization: "o", headers: { a: "b" }, max_choices: 2 };
  assertEquals(stripConfig(openAICompatible.definition.config, { ...answering, ...other }), answering);
});

Deno.test("config fills in the defaults and refuses what it does not know", () => {
  assertEquals(configOf(openAICompatible, { model: "m" }), {
    base_url: "https://api.openai.com/v1",
    model: "m",
    api_key_env: "OPENAI_API_KEY",
    max_choices: 128,
    max_input_tokens: 250_000,
    max_inputs: 256,
    rerank_field: "documents",
  });
  const wrong: readonly (readonly [Record<string, unknown>, string])[] = [
    [{}, "model"],
    [{ model: "" }, "model"],
    [{ model: "m", base_url: "ftp://x" }, "http or https"],
    [{ model: "m", base_url: "localhost:11434" }, "http or https"],
    [{ model: "m", max_choices: 0 }, "max_choices"],
    [{ model: "m", max_choices: 1.5 }, "max_choices"],
    [{ model: "m", temprature: 1 }, "temprature"],
    [{ model: "m", extra: { stream: true } }, 'extra.stream: The adapter decides "stream" itself'],
    [{ model: "m", extra: { n: 2 } }, "extra.n"],
    [{ model: "m", headers: { a: 1 } }, "headers.a"],
  ];
  for (const [config, message] of wrong) {
    assertThrows(() => configOf(openAICompatible, config), TypeError, message);
  }
});
