import { assertEquals, assertRejects } from "@std/assert";
import { FastDistillError } from "../errors/mod.ts";
import { lockRun } from "./run_lock.ts";

Deno.test("lockRun() lets one in at a time, and the next one after it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    {
      using _first = await lockRun(folder);
      const error = await assertRejects(() => lockRun(folder), FastDistillError);
      assertEquals([error.code, error.message], [
        "run.locked",
        `Another process writes the run folder ${folder}`,
      ]);
    }
    using again = await lockRun(folder);
    assertEquals(again.path.endsWith(".lock"), true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("lockRun() takes over what a killed process held", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const script = `import { lockRun } from ${JSON.stringify(new URL("./run_lock.ts", import.meta.url).href)};
      using _lock = await lockRun(${JSON.stringify(folder)});
      Deno.stdout.writeSync(new TextEncoder().encode("locked"));
      await new Promise((resolve) => setTimeout(resolve, 60_000));`;
    const holder = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        "--config",
        new URL("../../deno.json", import.meta.url).pathname,
        "-",
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const writer = holder.stdin.getWriter();
    await writer.write(new TextEncoder().encode(script));
    await writer.close();
    const reader = holder.stdout.getReader();
    await reader.read();
    await assertRejects(() => lockRun(folder), FastDistillError);
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    using _after = await lockRun(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
