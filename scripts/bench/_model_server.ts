/**
 * A double of a model server, in a process of its own: it answers what it was asked after a drawn latency. Arguments:
 * median, sigma, seed. It states its port, and ends when its input does.
 *
 * @module
 */
import { latencyOf } from "./_latency.ts";

const [median, sigma, seed] = Deno.args.map(Number);
const latency = { median: median!, sigma: sigma!, seed: seed! };

async function answer(request: Request): Promise<Response> {
  const row = Number(/row (\d+)/.exec(await request.text())?.[1]);
  await new Promise((resolve) => setTimeout(resolve, latencyOf(latency, row)));
  const body = {
    id: `answer-${row}`,
    object: "chat.completion",
    created: 0,
    model: "double-1",
    choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: `Answer ${row}.` } }],
    usage: { prompt_tokens: 60, completion_tokens: 12, total_tokens: 72 },
  };
  return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
}

const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => void Deno.stdout.writeSync(new TextEncoder().encode(`${port}\n`)),
}, answer);
for await (const _ of Deno.stdin.readable);
await server.shutdown();
