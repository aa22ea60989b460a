/**
 * A double of a model server with a limit, in a process of its own. Arguments: kind (`rate` refuses more than so many
 * calls a second, `queue` works on so many at once and lets the others wait), limit, milliseconds of work. It states
 * its port, and ends when its input does.
 *
 * @module
 */
const [kind, limitText, workText] = Deno.args;
const limit = Number(limitText);
const workMs = Number(workText);
const queue: (() => void)[] = [];
let [slots, level, at] = [limit, limit, performance.now()];

/** A bucket of calls that holds a tenth of a second. */
function isWithinRate(): boolean {
  const now = performance.now();
  level = Math.min(Math.max(1, limit / 10), level + (now - at) / 1_000 * limit);
  at = now;
  if (level < 1) return false;
  level--;
  return true;
}

async function work(): Promise<void> {
  if (kind === "queue" && slots-- <= 0) await new Promise<void>((go) => queue.push(go));
  await new Promise((done) => setTimeout(done, workMs));
  if (kind !== "queue") return;
  slots++;
  queue.shift()?.();
}

async function answer(request: Request): Promise<Response> {
  await request.body?.cancel();
  if (kind === "rate" && !isWithinRate()) return new Response("too many requests", { status: 429 });
  await work();
  return new Response("fine");
}

const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => void Deno.stdout.writeSync(new TextEncoder().encode(`${port}\n`)),
}, answer);
for await (const _ of Deno.stdin.readable);
await server.shutdown();
