import { FastDistillError, type JsonObject, type ProviderSetup } from "@fastdistill/core";
import { testProvider } from "@fastdistill/core/testing";
import { assertEquals, assertRejects } from "@std/assert";
import type { ZodType } from "zod";
import { openProvider } from "../../tests/_providers/open_provider.ts";
import { failure, type Script, startOpenAIServer } from "../../tests/_servers/openai_server.ts";
import { type OpenAICompatibleConfig, openAICompatibleConfig } from "./config.ts";
import openAICompatible from "./openai_compatible.ts";

const KEY = "no-known-vendor-0123456789";
const { signal } = new AbortController();

interface Posted {
  readonly url: string;
  readonly body: JsonObject;
  readonly authorization: string | null;
}

/** A provider whose endpoint is a double that answers with the given text. */
async function opened(
  answer: string,
  { status = 200, config = {} }: { status?: number; config?: JsonObject } = {},
) {
  const posted: Posted[] = [];
  const fetchDouble = (url: URL | RequestInfo, init?: RequestInit) => {
    const authorization = new Headers(init?.headers).get("authorization");
    posted.push({ url: String(url), body: JSON.parse(String(init?.body)), authorization });
    return Promise.resolve(new Response(answer, { status, headers: { "x-ratelimit-limit-requests": "10" } }));
  };
  const setup = {
    name: "e",
    fetch: fetchDouble,
    env: () => "key-1",
    now: () => 0,
  } as unknown as ProviderSetup;
  const valid = openAICompatibleConfig as ZodType<OpenAICompatibleConfig>;
  const parsed = valid.parse({ base_url: "http://127.0.0.1:1/v1?v=2", model: "m", ...config });
  const provider = await openAICompatible.definition.open(parsed, setup);
  return { provider, posted };
}

/** The provider on a server that answers each text by what it holds. */
function make(script: Script = answerByText) {
  return async () => {
    const server = await startOpenAIServer(script);
    const config = { base_url: server.baseUrl, model: "m", api_key: KEY };
    const provider = await openProvider(openAICompatible, config);
    return { provider, server, dispose: () => server[Symbol.asyncDispose]() };
  };
}

/** Stands in for a model: a text has its length, and the places of two letters. */
const answerByText: Script = ({ body }) => {
  const { input, documents } = body as unknown as { readonly [key: string]: readonly string[] | undefined };
  const numbers = (text: string) => [text.length, text.indexOf("t"), text.indexOf("n")];
  const usage = { prompt_tokens: 7, total_tokens: 7 };
  const answer = input === undefined
    ? {
      results: documents!.map((text, index) => ({ index, relevance_score: 1 / text.length })).reverse(),
      usage,
    }
    : { data: input.map((text, index) => ({ index, embedding: numbers(text) })).reverse(), usage };
  return { body: JSON.stringify(answer) };
};

for (const capability of ["embedding", "rerank"] as const) {
  testProvider("openai_compatible", {
    test: Deno.test,
    capability,
    make: make(),
    secrets: [KEY],
    hanging: async () => {
      const { server, ...opened } = await make(() => ({ failure: "hang" }))();
      return { ...opened, called: server.arrived(1) };
    },
    failures: {
      "the key is refused and echoed": {
        make: make(({ headers }) => failure(401, `You sent ${headers.authorization}`)),
        code: "provider.auth",
        retryable: false,
      },
      "the endpoint is busy": {
        make: make(() => failure(429, "slow")),
        code: "provider.rate_limited",
        retryable: true,
      },
      "the answer lacks a text": {
        make: make(() => ({ body: '{"data":[],"results":[]}' })),
        code: "provider.bad_response",
      },
      "the connection breaks": {
        make: make(() => ({ failure: "reset" })),
        code: "provider.connection",
        retryable: true,
      },
    },
  });
}

Deno.test("embed() asks for all texts at once, and puts vectors in the order of the texts", async () => {
  const answer = {
    data: [{ index: 1, embedding: [3, 4] }, { index: 0, embedding: [1, 2] }],
    model: "m-1",
    usage: { prompt_tokens: 7, total_tokens: 7 },
  };
  const { provider, posted } = await opened(JSON.stringify(answer));
  const found = await provider.embed!({ request: { model: "m", dimensions: 2 }, inputs: ["a", "b"], signal });
  assertEquals([found.vectors, found.usage, found.model], [[[1, 2], [3, 4]], {
    input_tokens: 7,
    output_tokens: 0,
  }, "m-1"]);
  assertEquals(posted, [{
    url: "http://127.0.0.1:1/v1/embeddings?v=2",
    body: { model: "m", input: ["a", "b"], encoding_format: "float", dimensions: 2 },
    authorization: "Bearer key-1",
  }]);
});

Deno.test("rerank() reads the answers of Jina, Cohere, vLLM and of Text Embeddings Inference", async () => {
  const jina = {
    model: "r",
    results: [{ index: 1, relevance_score: 0.9 }, { index: 0, relevance_score: 0.1 }],
    usage: { total_tokens: 5 },
  };
  const tei = [{ index: 0, score: 0.1 }, { index: 1, score: 0.9 }];
  for (const [answer, field] of [[jina, "documents"], [tei, "texts"]] as const) {
    const { provider, posted } = await opened(JSON.stringify(answer), { config: { rerank_field: field } });
    const { scores } = await provider.rerank!({
      request: { model: "m", query: "q" },
      documents: ["a", "b"],
      signal,
    });
    assertEquals([scores, posted[0]!.url], [[0.1, 0.9], "http://127.0.0.1:1/v1/rerank?v=2"]);
    assertEquals(posted[0]!.body, { model: "m", query: "q", [field]: ["a", "b"] });
  }
});

Deno.test("embed() and rerank() refuse answers that are not whole, and name failures as chat does", async () => {
  const bad = [
    "{",
    '{"data":[]}',
    '{"data":[{"index":0,"embedding":[]}]}',
    '{"data":[{"index":5,"embedding":[1]}]}',
  ];
  for (const text of bad) {
    const { provider } = await opened(text);
    const error = await assertRejects(
      () => provider.embed!({ request: { model: "m" }, inputs: ["a"], signal }),
      FastDistillError,
    );
    assertEquals(error.code, "provider.bad_response", text);
  }
  const { provider } = await opened('{"error":{"message":"key-1 is not valid"}}', { status: 401 });
  const error = await assertRejects(
    () => provider.rerank!({ request: { model: "m", query: "q" }, documents: ["a"], signal }),
    FastDistillError,
  );
  assertEquals([error.code, error.message.includes("key-1")], ["provider.auth", false]);
});
