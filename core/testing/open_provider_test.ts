import { assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { FastDistillError } from "../errors/mod.ts";
import { defineProvider } from "../provider/mod.ts";
import { openProvider, type OpenProviderOptions } from "./open_provider.ts";

const component = defineProvider({
  name: "tested",
  version: 1,
  summary: "A test provider",
  config: z.strictObject({ model: z.string().default("tested-1") }),
  capabilities: ["chat"],
  open: ({ model }, { fetch, env, name, now }) => ({
    adapter: "tested",
    endpoint: "https://tested.example",
    model,
    capabilities: ["chat"],
    chat: async ({ signal }) => {
      const response = await fetch("https://tested.example/chat", { method: "POST", signal });
      const content = [await response.text(), env("KEY") ?? "no key", name, now()].join();
      const choice = { content, finish_reason: { kind: "stop", raw: null } } as const;
      return { choices: [choice], usage: { input_tokens: 1, output_tokens: 1 }, model };
    },
  }),
});

async function ask(options: OpenProviderOptions, signal = new AbortController().signal) {
  const provider = await openProvider(component, options);
  const request = { model: provider.model, messages: [], decode: {} };
  return (await provider.chat!({ request, sampleIndexes: [0], signal })).choices[0]!.content;
}

Deno.test("openProvider() hands over the network, the environment, the name and the clock of the test", async () => {
  const fetch = ({ method, url }: Request) => new Response(`${method} ${url}`);
  const said = await ask({ fetch, env: { KEY: "k" }, name: "teacher", now: () => 7 });
  assertEquals(said, "POST https://tested.example/chat,k,teacher,7");
});

Deno.test("openProvider() has no network and no environment unless they are given", async () => {
  await assertRejects(() => ask({}), TypeError, "called POST https://tested.example/chat");
  assertEquals(await ask({ fetch: () => new Response("") }), ",no key,tested,0");
});

Deno.test("openProvider() ends a call of a double that never answers when the signal aborts", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const asked = ask({
    fetch: () => {
      controller.abort(reason);
      return new Promise(() => {});
    },
  }, controller.signal);
  assertEquals(await asked.catch((thrown) => thrown), reason);
});

Deno.test("openProvider() refuses a configuration that does not hold", async () => {
  const error = await assertRejects(
    () => openProvider(component, { config: { modle: "x" } }),
    FastDistillError,
  );
  assertEquals(error.code, "config.unknown_key");
});
