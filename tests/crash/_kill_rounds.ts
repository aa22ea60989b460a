import { seededRandom } from "@fastdistill/core";
import { join } from "node:path";
import { copyDemo } from "../_demo.ts";
import { writeCallsPipeline } from "./_calls_pipeline.ts";
import type { Asked, CountingServer } from "./_counting_server.ts";
import {
  leftovers,
  outputsOf,
  recordedPrompts,
  type StartedRun,
  startRun,
  verifies,
  wholeRun,
} from "./_crash_run.ts";

/** When a run is killed. */
export type KillPoint =
  | { readonly afterCalls: number; readonly thenMs: number }
  | { readonly afterMs: number };

/** What one kill and the resumption after it came to. */
export interface KillOutcome {
  /** Whether the run was still going when it was to be killed. */
  readonly wasKilled: boolean;
  readonly point: KillPoint;
  /** Effects in the store right after the kill. */
  readonly recorded: number;
  /** Calls whose answer was sent and was not recorded when the process died. */
  readonly unrecorded: number;
  /** Calls of recorded effects that were made again. */
  readonly repeated: number;
  /** What is wrong; none when all is as it would have been. */
  readonly problems: readonly string[];
}

/** What is killed again and again. */
export interface Victim {
  readonly name: string;
  /** Milliseconds that a whole run takes. */
  readonly wholeMs: number;
  /** Runs once in a folder of its own, is killed, and runs again to the end. */
  readonly round: (point: KillPoint, number: number) => Promise<KillOutcome>;
}

/** Points over the whole life of a run: half by time, from the start of the process on, half by calls, some after the last one. */
export function killPoints(
  seed: string,
  options: { readonly count: number; readonly wholeMs: number; readonly calls?: number },
): readonly KillPoint[] {
  const { count, wholeMs, calls } = options;
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    if (calls === undefined || index % 2 === 0) {
      return { afterMs: Math.round(random.next() * 1.02 * wholeMs) };
    }
    if (index % 8 === 7) return { afterCalls: calls, thenMs: Math.round(random.next() * 0.2 * wholeMs) };
    return { afterCalls: 1 + random.integer(calls), thenMs: random.integer(4) };
  });
}

/** A pipeline that makes so many calls of a server. */
export async function callsVictim(
  folder: string,
  { server, rows }: { readonly server: CountingServer; readonly rows: number },
): Promise<Victim> {
  const open = async (run: string) => {
    const asked = server.open(run);
    const { file } = await writeCallsPipeline(join(folder, run), { rows, baseUrl: server.baseUrl, run });
    return { asked, file, runsDir: join(folder, run, "runs") };
  };
  const whole = await open("whole");
  const since = performance.now();
  await wholeRun(whole.file, whole.runsDir);
  const expected = await outputsOf(whole.runsDir);
  server.close("whole");
  return {
    name: `${rows} calls`,
    wholeMs: performance.now() - since,
    round: async (point, number) => {
      const run = `kill${number}`;
      const { asked, file, runsDir } = await open(run);
      const outcome = await killAndResume({ point, file, runsDir, expected, asked });
      server.close(run);
      await Deno.remove(join(folder, run), { recursive: true });
      return outcome;
    },
  };
}

/** The demo, which makes its calls of a recording. */
export async function demoVictim(folder: string): Promise<Victim> {
  const file = await copyDemo(join(folder, "demo"));
  const since = performance.now();
  await wholeRun(file, join(folder, "whole"));
  const wholeMs = performance.now() - since;
  const expected = await outputsOf(join(folder, "whole"));
  return {
    name: "demo",
    wholeMs,
    round: async (point, number) => {
      const runsDir = join(folder, `kill${number}`);
      const outcome = await killAndResume({ point, file, runsDir, expected });
      await Deno.remove(runsDir, { recursive: true });
      return outcome;
    },
  };
}

interface Round {
  readonly point: KillPoint;
  readonly file: string;
  readonly runsDir: string;
  readonly expected: Readonly<Record<string, string>>;
  readonly asked?: Asked;
}

async function killAndResume({ point, file, runsDir, expected, asked }: Round): Promise<KillOutcome> {
  await Deno.mkdir(runsDir, { recursive: true });
  const wasKilled = await kill(startRun(file, { runsDir }), point, asked);
  const recorded = await recordedPrompts(runsDir);
  const before = new Map(asked?.asked);
  const answered = asked?.answered.size ?? 0;
  const resumed = await startRun(file, { runsDir }).ended;
  const repeated = [...recorded].filter((prompt) =>
    (asked?.asked.get(prompt) ?? 0) > (before.get(prompt) ?? 0)
  );
  const found = await outputsOf(runsDir);
  const left = await leftovers(runsDir);
  const problems = [
    ...(resumed.code === 0
      ? []
      : [`the resumed run ended with ${resumed.code}: ${resumed.stderr.slice(0, 500)}`]),
    ...differing(expected, found).map((path) => `differs: ${path}`),
    ...left.map((path) => `left behind: ${path}`),
    ...(await verifies(runsDir) ? [] : ["the run does not verify"]),
  ];
  const unrecorded = asked === undefined ? 0 : answered - recorded.size;
  return { wasKilled, point, recorded: recorded.size, unrecorded, repeated: repeated.length, problems };
}

/** Whether the run was still going. */
async function kill(
  { child, ended }: StartedRun,
  point: KillPoint,
  asked: Asked | undefined,
): Promise<boolean> {
  let isOver = false;
  const over = ended.then(() => void (isOver = true));
  const until = "afterMs" in point
    ? delay(point.afterMs)
    : asked!.arrived(point.afterCalls).then(() => delay(point.thenMs));
  await Promise.race([until, over]);
  if (!isOver) child.kill("SIGKILL");
  const wasGoing = !isOver;
  await over;
  return wasGoing;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function differing(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((path) => a[path] !== b[path]);
}
