import { assertEquals, assertRejects } from "@std/assert";
import { byAttempt, completion, deterministic, failure, startOpenAIServer } from "./openai_server.ts";

function post(baseUrl: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(`${baseUrl}/chat/completions`, { method: "POST", body: JSON.stringify(body), signal });
}

Deno.test("startOpenAIServer() notes requests and counts equal bodies, whatever the order of their keys", async () => {
  await using server = await startOpenAIServer(byAttempt(failure(503, "busy"), completion(["fine"])));
  const first = await post(server.baseUrl, { model: "m", n: 1 });
  assertEquals([first.status, (await first.json()).error.message], [503, "busy"]);
  const second = await post(server.baseUrl, { n: 1, model: "m" });
  assertEquals((await second.json()).choices[0].message.content, "fine");
  await (await post(server.baseUrl, { model: "other" })).body!.cancel();
  assertEquals(server.requests.map(({ path, order, attempt }) => [path, order, attempt]), [
    ["/v1/chat/completions", 0, 1],
    ["/v1/chat/completions", 1, 2],
    ["/v1/chat/completions", 2, 1],
  ]);
  assertEquals([...server.countsByBody], [['{"model":"m","n":1}', 2], ['{"model":"other"}', 1]]);
});

Deno.test("startOpenAIServer() knows how many requests are answered at once", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = await startOpenAIServer(() => ({ ...completion(["x"]), after: gate.promise }));
  const answers = [1, 2, 3].map((n) => post(server.baseUrl, { n }).then((response) => response.text()));
  await server.arrived(3);
  assertEquals(server.inFlight(), 3);
  gate.resolve();
  await Promise.all(answers);
  assertEquals([server.inFlightMax(), server.abandoned()], [3, 0]);
});

Deno.test("startOpenAIServer() resets, cuts bodies off, and sends text as it is", async () => {
  const failures = ["reset", "reset_mid_body"] as const;
  await using server = await startOpenAIServer(({ body }) =>
    body.n === 3
      ? { body: "<html>", status: 502 }
      : { ...completion(["x"]), failure: failures[Number(body.n)]! }
  );
  await assertRejects(() => post(server.baseUrl, { n: 0 }), TypeError);
  const cut = await post(server.baseUrl, { n: 1 });
  await assertRejects(() => cut.text(), TypeError);
  const page = await post(server.baseUrl, { n: 3 });
  assertEquals([page.status, await page.text()], [502, "<html>"]);
});

Deno.test("startOpenAIServer() sends a body in pieces, and stops when its client goes away", async () => {
  await using server = await startOpenAIServer(({ body }) => ({
    ...completion(["slowly"]),
    drip: { pieces: 5, everyMs: body.n === 1 ? 1 : 60_000 },
  }));
  const whole = await post(server.baseUrl, { n: 1 });
  assertEquals((await whole.json()).choices[0].message.content, "slowly");
  const controller = new AbortController();
  const slow = post(server.baseUrl, { n: 2 }, controller.signal).then((response) => response.text());
  await server.arrived(2);
  controller.abort();
  await assertRejects(() => slow, DOMException);
});

Deno.test("startOpenAIServer() counts clients that went away, and stops with requests that hang", async () => {
  await using server = await startOpenAIServer(({ body }) =>
    body.n === 1 ? { failure: "hang" } : { latencyMs: 60_000 }
  );
  const controller = new AbortController();
  const hanging = [1, 2].map((n) => post(server.baseUrl, { n }, n === 1 ? controller.signal : undefined));
  const settled = Promise.allSettled(hanging);
  await server.arrived(2);
  controller.abort();
  await hanging[0]!.catch(() => {});
  await server[Symbol.asyncDispose]();
  assertEquals((await settled).map(({ status }) => status), ["rejected", "rejected"]);
  assertEquals(server.abandoned(), 2);
});

Deno.test("startOpenAIServer() reports a script that throws", async () => {
  await using server = await startOpenAIServer(() => {
    throw new Error("no such case");
  });
  const response = await post(server.baseUrl, {});
  assertEquals(response.status, 500);
  assertEquals(
    (await response.json()).error.message,
    "The script of the test double threw: Error: no such case",
  );
});

Deno.test("deterministic() gives a sample the same text whichever call asks for it", () => {
  const textsOf = (body: Record<string, number>) => {
    const request = { body: { messages: [], ...body } } as unknown as Parameters<typeof deterministic>[0];
    const { choices } = deterministic(request).body as { choices: { message: { content: string } }[] };
    return choices.map(({ message }) => message.content);
  };
  assertEquals(textsOf({ n: 3, seed: 5 }).slice(1), textsOf({ n: 2, seed: 6 }));
  assertEquals(new Set(textsOf({ n: 3 })).size, 3);
});
