import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { writeCallsPipeline } from "./_calls_pipeline.ts";
import { type CountingServer, startCountingServer } from "./_counting_server.ts";
import { leftovers, outputsOf, recordedPrompts, startRun, verifies, wholeRun } from "./_crash_run.ts";

const ROWS = 400;

async function mountTmpfs(folder: string, options: string): Promise<boolean> {
  const args = ["-t", "tmpfs", "-o", options, "tmpfs", folder];
  return (await new Deno.Command("mount", { args }).output()).success;
}

async function unmount(folder: string): Promise<void> {
  await new Deno.Command("umount", { args: [folder] }).output();
}

/** Only root may mount, and not in every container. */
async function canMountTmpfs(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const folder = await Deno.makeTempDir();
  const isMounted = await mountTmpfs(folder, "size=64k");
  if (isMounted) await unmount(folder);
  await Deno.remove(folder);
  return isMounted;
}

async function inFolder(
  work: (folder: string, server: CountingServer) => Promise<void>,
  latencyMs = 5,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crash-" });
  await using server = startCountingServer(latencyMs);
  try {
    await work(folder, server);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a run leaves that nothing disturbs. */
async function undisturbed(folder: string, server: CountingServer) {
  const { file } = await writeCallsPipeline(join(folder, "whole"), {
    rows: ROWS,
    baseUrl: server.baseUrl,
    run: "whole",
  });
  server.open("whole");
  await wholeRun(file, join(folder, "whole", "runs"));
  return await outputsOf(join(folder, "whole", "runs"));
}

function askedTwice(
  asked: ReadonlyMap<string, number>,
  recorded: ReadonlySet<string>,
  before: ReadonlyMap<string, number>,
) {
  return [...recorded].filter((prompt) => (asked.get(prompt) ?? 0) > (before.get(prompt) ?? 0));
}

Deno.test("SIGTERM lets what is in flight finish, and another run goes on where it stopped", () =>
  inFolder(async (folder, server) => {
    const expected = await undisturbed(folder, server);
    const asked = server.open("term");
    const { file } = await writeCallsPipeline(join(folder, "term"), {
      rows: ROWS,
      baseUrl: server.baseUrl,
      run: "term",
    });
    const runsDir = join(folder, "term", "runs");
    const { child, ended } = startRun(file, { runsDir });
    await asked.arrived(100);
    child.kill("SIGTERM");
    assertEquals((await ended).code, 130);
    const recorded = await recordedPrompts(runsDir);
    assertEquals(recorded.size, asked.answered.size);
    const before = new Map(asked.asked);
    await wholeRun(file, runsDir);
    assertEquals(askedTwice(asked.asked, recorded, before), []);
    assertEquals([await outputsOf(runsDir), await leftovers(runsDir)], [expected, []]);
  }));

Deno.test({
  name: "a full disk ends a run with an error that names the file, and with room again it goes on",
  ignore: !await canMountTmpfs(),
  fn: () =>
    inFolder(async (folder, server) => {
      const expected = await undisturbed(folder, server);
      const asked = server.open("full");
      const { file } = await writeCallsPipeline(join(folder, "full"), {
        rows: ROWS,
        baseUrl: server.baseUrl,
        run: "full",
      });
      const runsDir = join(folder, "disk");
      await Deno.mkdir(runsDir);
      assert(await mountTmpfs(runsDir, "size=360k"));
      try {
        const { code, stderr } = await startRun(file, { runsDir }).ended;
        assertEquals(code, 1, stderr);
        assertMatch(stderr, /error\[(store|data)\.[a-z_]+\]/);
        assert(stderr.includes(runsDir) || stderr.includes("full"), stderr);
        assert(await mountTmpfs(runsDir, "remount,size=64m"));
        const recorded = await recordedPrompts(runsDir);
        const before = new Map(asked.asked);
        await wholeRun(file, runsDir);
        assertEquals(askedTwice(asked.asked, recorded, before), []);
        assertEquals([await outputsOf(runsDir), await verifies(runsDir)], [expected, true]);
      } finally {
        await unmount(runsDir);
      }
    }),
});

Deno.test("a run with a target that is killed again and again comes to the same rows, and asks for none of them twice", () =>
  inFolder(async (folder, server) => {
    const base = { rows: ROWS, baseUrl: server.baseUrl, target: 120 };
    server.open("whole");
    const whole = await writeCallsPipeline(join(folder, "whole"), { ...base, run: "whole" });
    await wholeRun(whole.file, join(folder, "whole", "runs"));
    const expected = await outputsOf(join(folder, "whole", "runs"));
    const asked = server.open("target");
    const { file } = await writeCallsPipeline(join(folder, "target"), { ...base, run: "target" });
    const runsDir = join(folder, "target", "runs");
    let recorded: ReadonlySet<string> = new Set();
    const again = async (run: () => Promise<void>) => {
      const before = new Map(asked.asked);
      await run();
      assertEquals(askedTwice(asked.asked, recorded, before), []);
    };
    for (const calls of [1, 90, 170]) {
      await again(async () => {
        const { child, ended } = startRun(file, { runsDir });
        await asked.arrived(calls);
        child.kill("SIGKILL");
        await ended;
      });
      recorded = await recordedPrompts(runsDir);
    }
    await again(() => wholeRun(file, runsDir));
    assertEquals([await outputsOf(runsDir), await leftovers(runsDir), await verifies(runsDir)], [
      expected,
      [],
      true,
    ]);
    // The 240th row is the 120th that is accepted; few more were asked for.
    assert(asked.answered.size <= 300, `${asked.answered.size} rows were asked for`);
  }));

Deno.test("two runs share a store, and one that is killed disturbs neither the other nor the store", () =>
  inFolder(async (folder, server) => {
    const expected = await undisturbed(folder, server);
    const [left, right] = [server.open("left"), server.open("right")];
    const base = { rows: ROWS, baseUrl: server.baseUrl };
    const runsDir = join(folder, "shared");
    const one = await writeCallsPipeline(join(folder, "left"), { ...base, run: "left" });
    const two = await writeCallsPipeline(join(folder, "right"), {
      ...base,
      run: "right",
      template: "Other {{ n }}",
    });
    const killed = startRun(two.file, { runsDir });
    const lived = startRun(one.file, { runsDir });
    await right.arrived(60);
    killed.child.kill("SIGKILL");
    await killed.ended;
    const { code, stderr } = await lived.ended;
    assertEquals(code, 0, stderr);
    const recorded = await recordedPrompts(runsDir);
    const before = new Map(right.asked);
    await wholeRun(two.file, runsDir);
    assertEquals(askedTwice(right.asked, recorded, before), []);
    assertEquals([...left.asked.values()].filter((times) => times > 1), []);
    const found = await outputsOf(runsDir);
    assertEquals(Object.entries(expected).filter(([path, digest]) => found[path] !== digest), []);
    assertEquals((await recordedPrompts(runsDir)).size, 2 * ROWS);
  }));

Deno.test("a run that is under way is not run a second time", () =>
  inFolder(async (folder, server) => {
    const asked = server.open("twice");
    const { file } = await writeCallsPipeline(join(folder, "twice"), {
      rows: ROWS,
      baseUrl: server.baseUrl,
      run: "twice",
    });
    const runsDir = join(folder, "runs");
    const first = startRun(file, { runsDir });
    await asked.arrived(20);
    const second = await startRun(file, { runsDir }).ended;
    assertEquals(second.code, 1);
    assertMatch(second.stderr, /error\[run\.locked\]/);
    assertEquals((await first.ended).code, 0);
    assertEquals([...asked.asked.values()].filter((times) => times > 1), []);
  }, 400));

Deno.test("a store whose last writes were torn off opens with what was committed before, and never with wrong data", () =>
  inFolder(async (folder, server) => {
    const expected = await undisturbed(folder, server);
    const asked = server.open("torn");
    const { file } = await writeCallsPipeline(join(folder, "torn"), {
      rows: ROWS,
      baseUrl: server.baseUrl,
      run: "torn",
    });
    const runsDir = join(folder, "runs");
    const { child, ended } = startRun(file, { runsDir });
    await asked.arrived(250);
    child.kill("SIGKILL");
    await ended;
    const log = join(runsDir, "effects.sqlite-wal");
    const { size } = await Deno.stat(log);
    let most = Infinity;
    for (const part of [1, 0.7, 0.4, 0.1]) {
      await Deno.truncate(log, Math.floor(size * part) - 7);
      // Reading moves the log into the database: each time a copy is read.
      const copy = join(folder, `copy-${part}`);
      await Deno.mkdir(copy);
      for (const name of ["effects.sqlite", "effects.sqlite-wal"]) {
        await Deno.copyFile(join(runsDir, name), join(copy, name));
      }
      const { size: left } = await recordedPrompts(copy);
      assert(left <= most, `${left} after ${most}`);
      most = left;
    }
    await wholeRun(file, runsDir);
    assertEquals(await outputsOf(runsDir), expected);
  }));
