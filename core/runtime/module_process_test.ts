import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { FastDistillError } from "../errors/mod.ts";
import { systemClock } from "./clock.ts";
import { ModulePool } from "./module_pool.ts";
import { startModuleProcess } from "./module_process.ts";

const module = new URL("./_fixtures/probe_module.ts", import.meta.url);

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "module-process-")));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

Deno.test("startModuleProcess() answers requests one after the other", async () => {
  await using started = await startModuleProcess({ module });
  const text = 'line\nline\u2028 "é" 𝄞'.repeat(50_000);
  assertEquals(await started.request({ do: "echo", text }), { kind: "answer", value: text });
  assertEquals(await started.request({ do: "echo", text: "two" }), { kind: "answer", value: "two" });
  assertEquals(await started.request({ do: "nothing" }), {
    kind: "threw",
    message: "no such probe: nothing",
  });
  assertEquals(started.hasEnded, false);
});

Deno.test("startModuleProcess() refuses a second request at a time", async () => {
  await using started = await startModuleProcess({ module });
  const first = started.request({ do: "echo", text: "one" });
  await assertRejects(() => started.request({ do: "echo" }), TypeError, "one request at a time");
  assertEquals(await first, { kind: "answer", value: "one" });
});

Deno.test("startModuleProcess() lets the module read what it was given and nothing else", async () => {
  await using folder = await temporaryFolder();
  await using other = await temporaryFolder();
  await writeFile(join(folder.path, "a.txt"), "readable");
  await writeFile(join(other.path, "b.txt"), "secret");
  await using started = await startModuleProcess({ module, read: [folder.path] });
  assertEquals(await started.request({ do: "read", path: join(folder.path, "a.txt") }), {
    kind: "answer",
    value: "readable",
  });
  const refused = await started.request({ do: "read", path: join(other.path, "b.txt") });
  assertEquals(refused.kind, "threw");
});

Deno.test("startModuleProcess() can be given a path with a comma", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a,b.txt");
  await writeFile(path, "readable");
  await using started = await startModuleProcess({ module, read: [path] });
  assertEquals(await started.request({ do: "read", path }), { kind: "answer", value: "readable" });
});

Deno.test("startModuleProcess() hides the environment", async () => {
  await using started = await startModuleProcess({ module });
  const reply = await started.request({ do: "env" });
  assert(reply.kind === "threw" || (reply.kind === "answer" && !(reply.value as string[]).includes("PATH")));
});

Deno.test("ModuleProcess.request() ends a process that takes too long", async () => {
  await using started = await startModuleProcess({ module });
  assertEquals(await started.request({ do: "spin" }, { timeoutMs: 50 }), { kind: "timed_out" });
  assertEquals(started.hasEnded, true);
  assertEquals(await started.request({ do: "echo" }), { kind: "timed_out" });
});

Deno.test("ModuleProcess.request() ends a process that holds too much", async () => {
  await using started = await startModuleProcess({ module, memoryMbMax: 256 });
  assertEquals(await started.request({ do: "hoard" }), { kind: "out_of_memory" });
});

Deno.test("ModuleProcess.request() bounds the reply", async () => {
  await using started = await startModuleProcess({ module });
  const reply = await started.request({ do: "flood" });
  assert(reply.kind === "ended");
  assertStringIncludes(reply.message, "longer than");
});

Deno.test("ModuleProcess.request() reports a process that ends by itself", async () => {
  await using started = await startModuleProcess({ module });
  const reply = await started.request({ do: "exit" });
  assert(reply.kind === "ended", reply.kind);
  assertStringIncludes(reply.message, "SIGTERM");
});

Deno.test("ModuleProcess.request() throws the reason of its signal", async () => {
  await using started = await startModuleProcess({ module });
  const stop = new AbortController();
  const spinning = started.request({ do: "spin" }, { signal: stop.signal });
  stop.abort(new RangeError("enough"));
  await assertRejects(() => spinning, RangeError, "enough");
  assertEquals(started.hasEnded, true);
});

Deno.test("startModuleProcess() starts nothing that outlives a parent that is killed", async () => {
  const parent = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("./_fixtures/parent.ts", import.meta.url).href, "spin"],
    stdout: "piped",
  }).spawn();
  const reader = parent.stdout.getReader();
  const { value } = await reader.read();
  const pid = Number(new TextDecoder().decode(value));
  assert(isAlive(pid));
  parent.kill("SIGKILL");
  await parent.status;
  await reader.cancel();
  const deadline = systemClock.monotonic() + 10_000;
  while (isAlive(pid) && systemClock.monotonic() < deadline) await systemClock.sleep(5);
  assertEquals(isAlive(pid), false);
});

Deno.test("startModuleProcess() starts modules that come over the network", async () => {
  await using folder = await temporaryFolder();
  const root = new URL("../", import.meta.url);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async ({ url }) => {
      const source = await Deno.readTextFile(new URL(`.${new URL(url).pathname}`, root));
      return new Response(source, { headers: { "content-type": "application/typescript" } });
    },
  );
  const host = `127.0.0.1:${server.addr.port}`;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `http://${host}/runtime/_fixtures/parent.ts`],
    cwd: folder.path,
    env: { DENO_DIR: folder.path },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  assertStringIncludes(new TextDecoder().decode(stdout), '{"kind":"answer","value":"heard"}');
});

/** A process that nobody has collected yet counts as gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync("/proc/self") || readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
  } catch {
    return false;
  }
}

Deno.test("startModuleProcess() says why a module cannot be started", async () => {
  const missing = new URL("./_fixtures/no_such_module.ts", import.meta.url);
  const error = await assertRejects(() => startModuleProcess({ module: missing }), FastDistillError);
  assertEquals(error.code, "step.failed");
  assertStringIncludes(error.message, "no_such_module");
});

Deno.test("ModulePool.use() lends no more processes than there may be, in the order of asking", async () => {
  await using pool = new ModulePool({ module, size: 1 });
  const seen: string[] = [];
  const ask = (text: string) =>
    pool.use([], async (one) => {
      seen.push(`${text} begins`);
      await one.request({ do: "echo", text });
      seen.push(`${text} ends`);
      return one.pid;
    });
  const pids = await Promise.all([ask("a"), ask("b"), ask("c")]);
  assertEquals(seen, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  assertEquals(new Set(pids).size, 1);
});

Deno.test("ModulePool.use() replaces a process that has ended or may not read enough", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a.txt");
  await writeFile(path, "readable");
  await using pool = new ModulePool({ module, size: 1 });
  const spin = await pool.use([], (one) => one.request({ do: "spin" }, { timeoutMs: 50 }));
  assertEquals(spin, { kind: "timed_out" });
  const refused = await pool.use([], (one) => one.request({ do: "read", path }));
  assertEquals(refused.kind, "threw");
  const read = await pool.use([folder.path], (one) => one.request({ do: "read", path }));
  assertEquals(read, { kind: "answer", value: "readable" });
});

Deno.test("ModulePool.close() ends a process that is still lent as soon as it comes back", async () => {
  const pool = new ModulePool({ module, size: 1 });
  const lent = await pool.use([], async (one) => {
    await pool.close();
    return one;
  });
  assertEquals((await lent.request({ do: "echo" })).kind, "ended");
});
