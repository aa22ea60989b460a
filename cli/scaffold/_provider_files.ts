import type { NewPlugin } from "./plugin_name.ts";

/** A provider of an endpoint that takes one prompt a call, with its tests and a pipeline. */
export function providerFiles({ name }: NewPlugin): Readonly<Record<string, string>> {
  return { "mod.ts": code(name), "mod_test.ts": tests(name), "example/pipeline.yaml": pipeline(name) };
}

function code(name: string): string {
  return `/**
 * The provider \`${name}\` of FastDistill.
 *
 * @module
 */
import { defineProvider, FastDistillError, type ProviderComponent } from "@fastdistill/core/define";
import { z } from "zod";

const KEY = "${name.toUpperCase()}_KEY";

const config = z.strictObject({
  model: z.string().min(1).describe("Model, as the endpoint names it"),
  base_url: z.url().default("https://api.example.com").describe("Address of the endpoint"),
});

const answerSchema = z.object({
  text: z.string(),
  stop_reason: z.string().nullable(),
  input_tokens: z.int().min(0),
  output_tokens: z.int().min(0),
});

/** Asks an endpoint that answers one prompt a call. The runtime paces, retries and records. */
const component: ProviderComponent = defineProvider({
  name: "${name}",
  version: 1,
  summary: "Asks api.example.com",
  stability: "experimental",
  permissions: { net: ["api.example.com"], env: [KEY] }, // All that it can reach, once it is granted.
  config,
  capabilities: ["chat"],
  open: ({ model, base_url }, { fetch, env }) => ({
    adapter: "${name}",
    endpoint: base_url,
    model,
    capabilities: ["chat"],
    chat: async ({ request: { messages, decode }, signal }) => {
      signal.throwIfAborted();
      const response = await fetch(new URL("/chat", base_url), {
        method: "POST",
        headers: { "content-type": "application/json", authorization: "Bearer " + (env(KEY) ?? "") },
        body: JSON.stringify({ model, messages, ...decode }),
        signal,
      });
      if (!response.ok) {
        await response.body?.cancel();
        throw failureOf(response.status);
      }
      return completionOf(await response.json().catch(() => undefined), model);
    },
  }),
});

export default component;

${ANSWERS}`;
}

const ANSWERS = `function completionOf(body: unknown, model: string) {
  const { success, data } = answerSchema.safeParse(body);
  if (!success) throw new FastDistillError("provider.bad_response", "Read an answer, found something else");
  const kind = data.stop_reason === "length" ? "length" as const : "stop" as const;
  return {
    choices: [{ content: data.text, finish_reason: { kind, raw: data.stop_reason } }],
    usage: { input_tokens: data.input_tokens, output_tokens: data.output_tokens },
    model,
  };
}

/** The code says whether the call is tried again; a message must not hold the key. */
function failureOf(status: number): FastDistillError {
  const message = "Asked the endpoint, found the status " + status;
  if (status === 401 || status === 403) return new FastDistillError("provider.auth", message);
  if (status === 429) return new FastDistillError("provider.rate_limited", message);
  if (status >= 500) return new FastDistillError("provider.unavailable", message);
  return new FastDistillError("provider.bad_request", message);
}
`;

function tests(name: string): string {
  return `import { equal } from "node:assert/strict";
import { openProvider, testProvider } from "@fastdistill/core/testing";
import component from "./mod.ts";

const KEY = "a-key-of-a-test";
const ANSWER = { text: "Hello", stop_reason: "end", input_tokens: 3, output_tokens: 1 };

/** The provider, with a double of its endpoint. */
async function openWith(endpoint: (request: Request) => Response | Promise<Response>) {
  const env = { ${name.toUpperCase()}_KEY: KEY };
  return { provider: await openProvider(component, { config: { model: "small" }, env, fetch: endpoint }) };
}

const failing = (status: number) => () => openWith(() => new Response("no", { status }));

testProvider("${name}", {
  make: () => openWith(() => Response.json(ANSWER)),
  hanging: async () => {
    const called = Promise.withResolvers<void>();
    const opened = await openWith(() => {
      called.resolve();
      return new Promise(() => {});
    });
    return { ...opened, called: called.promise };
  },
  failures: {
    "the key is wrong": { make: failing(401), code: "provider.auth", retryable: false },
    "it has to slow down": { make: failing(429), code: "provider.rate_limited", retryable: true },
    "the endpoint is down": { make: failing(503), code: "provider.unavailable", retryable: true },
    "the answer is no JSON": {
      make: () => openWith(() => new Response("<html>")),
      code: "provider.bad_response",
    },
  },
  secrets: [KEY],
});

Deno.test("${name} sends model, messages and key", async () => {
  const sent: Request[] = [];
  const { provider } = await openWith((request) => {
    sent.push(request);
    return Response.json(ANSWER);
  });
  await provider.chat?.({
    request: { model: "small", messages: [{ role: "user", content: "Hi" }], decode: { temperature: 0 } },
    sampleIndexes: [0],
    signal: new AbortController().signal,
  });
  equal(sent[0]?.url, "https://api.example.com/chat");
  equal(sent[0]?.headers.get("authorization"), "Bearer " + KEY);
  equal(
    await sent[0]?.text(),
    '{"model":"small","messages":[{"role":"user","content":"Hi"}],"temperature":0}',
  );
});
`;
}

function pipeline(name: string): string {
  return `version: 1
name: ${name}_example
providers:
  model: { use: ${name}, with: { model: small } }
steps:
  questions: { use: rows, with: { rows: [{ question: How are you? }] } }
  answers:
    use: text_generation
    provider: model
    with: { template: "{{ question }}" }
    stage: answered
`;
}
