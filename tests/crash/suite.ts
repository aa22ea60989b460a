/**
 * Kills runs at seeded points of their life and resumes them: the demo, and a pipeline of 5,000 calls whose server
 * counts. Every output has to be as if nothing had happened, no recorded call may be made again, every store has to be
 * whole. `deno task test:crash [--json] [--kills=50] [--calls=5000] [--seed=crash]`
 *
 * @module
 */
import { parseArgs } from "node:util";
import { startCountingServer } from "./_counting_server.ts";
import { callsVictim, demoVictim, type KillOutcome, killPoints, type Victim } from "./_kill_rounds.ts";

/** Runs at a time: one for each core of the smallest machine. */
const LANES = 2;

interface Figures {
  readonly name: string;
  readonly kills: number;
  /** Kills that found the run over already. */
  readonly late: number;
  readonly recorded: number;
  readonly unrecorded: number;
  readonly repeated: number;
  readonly seconds: number;
  readonly problems: readonly string[];
}

async function figuresOf(
  victim: Victim,
  points: readonly Parameters<Victim["round"]>[0][],
): Promise<Figures> {
  const since = performance.now();
  const outcomes: KillOutcome[] = [];
  const open = points.map((point, number) => ({ point, number }));
  await Promise.all(Array.from({ length: LANES }, async () => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      outcomes.push(await victim.round(next.point, next.number));
    }
  }));
  const sum = (of: (outcome: KillOutcome) => number) =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return {
    name: victim.name,
    kills: outcomes.length,
    late: sum(({ wasKilled }) => Number(!wasKilled)),
    recorded: sum(({ recorded }) => recorded),
    unrecorded: sum(({ unrecorded }) => unrecorded),
    repeated: sum(({ repeated }) => repeated),
    seconds: (performance.now() - since) / 1_000,
    problems: outcomes.flatMap(({ point, problems }) =>
      problems.map((problem) => `${JSON.stringify(point)}: ${problem}`)
    ),
  };
}

const { values: args } = parseArgs({
  options: {
    json: { type: "boolean" },
    kills: { type: "string", default: "50" },
    calls: { type: "string", default: "5000" },
    seed: { type: "string", default: "crash" },
  },
});
const [count, calls] = [Number(args.kills), Number(args.calls)];
const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
const folder = await Deno.makeTempDir({ prefix: "crash-" });
await using server = startCountingServer(5);
try {
  const demo = await demoVictim(`${folder}/demo`);
  const called = await callsVictim(`${folder}/calls`, { server, rows: calls });
  const figures = [
    await figuresOf(demo, killPoints(`${args.seed}/demo`, { count, wholeMs: demo.wholeMs })),
    await figuresOf(called, killPoints(`${args.seed}/calls`, { count, wholeMs: called.wholeMs, calls })),
  ];
  if (args.json) print(JSON.stringify({ suite: "crash", seed: args.seed, figures }));
  else {
    for (const { name, kills, late, recorded, unrecorded, repeated, seconds, problems } of figures) {
      print(
        `${name}: ${kills} kills (${late} came after the end), ${recorded} calls recorded before them, ` +
          `${repeated} of those made again, ${unrecorded} answered and not yet recorded, ${
            seconds.toFixed(0)
          } s`,
      );
      for (const problem of problems) print(`  ! ${problem}`);
    }
  }
  if (figures.some(({ problems, repeated }) => problems.length > 0 || repeated > 0)) Deno.exitCode = 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}
