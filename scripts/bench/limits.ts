/**
 * What share of a limited endpoint's capacity a policy uses, and how many calls it wastes: ours beside fixed windows
 * and re-implementations, from public descriptions, of what others do. In virtual time, the same for the same seeds.
 * `deno task bench:limits [--json] [--seeds 3] [--from 1] [--policy TEXT] [--model TEXT]`
 *
 * @module
 */
import { parseArgs } from "node:util";
import { AdaptiveLimiter } from "../../core/gateway/mod.ts";
import { curatorLimiter, dataDesignerLimiter, fixedLimiter, promptfooLimiter } from "./_limits/rivals.ts";
import { SERVER_MODELS, type ServerModel } from "./_limits/servers.ts";
import { CEILING, type LimitPolicy, type LimitScore, simulate } from "./_limits/simulate.ts";

const OURS = "FastDistill";
const NO_LIMIT = 1e12;

function fixed(window: number): LimitPolicy {
  return {
    name: `fixed at ${window}`,
    isPerStep: true,
    holdsWhileBackingOff: true,
    open: (time) => fixedLimiter(time, window),
  };
}

const shared = { isPerStep: false, holdsWhileBackingOff: false };

const POLICIES: readonly LimitPolicy[] = [
  { name: OURS, ...shared, open: (clock) => new AdaptiveLimiter({ clock, concurrency: CEILING }) },
  {
    name: `${OURS}, told the limit`,
    ...shared,
    open: (clock, { stated }) => {
      return stated && new AdaptiveLimiter({ clock, concurrency: CEILING, ...stated });
    },
  },
  { name: "as Data Designer", ...shared, open: (time) => dataDesignerLimiter(time, CEILING) },
  { name: "as promptfoo", ...shared, open: (time) => promptfooLimiter(time, CEILING) },
  {
    name: "as Curator",
    isPerStep: true,
    holdsWhileBackingOff: false,
    open: (time) => curatorLimiter(time, undefined),
  },
  {
    name: "as Curator, told the limit",
    isPerStep: true,
    holdsWhileBackingOff: false,
    open: (time, { stated }) => {
      return stated && curatorLimiter(time, { rpm: NO_LIMIT, tpm: NO_LIMIT, ...stated });
    },
  },
  ...[16, 64, 256].map(fixed),
];

/** The middle of the seeds' figures. */
interface LimitFigure extends LimitScore {
  readonly model: string;
  readonly policy: string;
}

async function figureOf(
  policy: LimitPolicy,
  model: ServerModel,
  seeds: readonly number[],
): Promise<LimitFigure | undefined> {
  const scores: LimitScore[] = [];
  for (const seed of seeds) {
    const score = await simulate(policy, model, seed);
    if (score === undefined) return undefined;
    scores.push(score);
  }
  const middle = (of: (score: LimitScore) => number) => {
    return scores.map(of).sort((a, b) => a - b)[Math.floor(scores.length / 2)]!;
  };
  const changes = model.changes.length > 0;
  return {
    model: model.name,
    policy: policy.name,
    goodput: middle(({ goodput }) => goodput),
    wasted: middle(({ wasted }) => wasted),
    reconvergence: changes ? middle((score) => score.reconvergence!) : undefined,
    p99: middle(({ p99 }) => p99),
    fairness: middle(({ fairness }) => fairness),
  };
}

/** What can be said against ours on one model: targets missed, and policies that got more done. */
function objections(figures: readonly LimitFigure[]): readonly string[] {
  const ours = figures.find(({ policy }) => policy === OURS);
  if (ours === undefined) return [];
  const { goodput, wasted, reconvergence = 0 } = ours;
  const better = figures.filter((other) => other.goodput > goodput + 0.002 && !other.policy.startsWith(OURS));
  return [
    ...(goodput < 0.95 ? [`goodput ${percent(goodput)} is below 95 %`] : []),
    ...(wasted > 0.01 ? [`wasted ${percent(wasted)} is above 1 %`] : []),
    ...(reconvergence > 5 ? [`reconvergence ${reconvergence} s is above 5 s`] : []),
    ...better.map((other) =>
      `"${other.policy}" gets ${percent(other.goodput)}, wastes ${percent(other.wasted)}`
    ),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

function printModel(model: ServerModel, figures: readonly LimitFigure[]): void {
  print(`\n${model.name}`);
  for (const { policy, goodput, wasted, reconvergence, p99, fairness } of figures) {
    const after = reconvergence === undefined ? "" : `  reconvergence ${reconvergence.toFixed(2)} s`;
    const fair = (model.steps ?? 1) > 1 ? `  fairness ${percent(fairness)}` : "";
    const columns = [policy.padEnd(28), percent(goodput).padStart(8), percent(wasted).padStart(8)];
    print(`  ${columns.join("  ")}  p99 ${(p99 / 1_000).toFixed(1).padStart(4)} s${after}${fair}`);
  }
  for (const objection of objections(figures)) print(`  ! ${objection}`);
}

const { values: args } = parseArgs({
  options: {
    json: { type: "boolean" },
    seeds: { type: "string", default: "3" },
    from: { type: "string", default: "1" },
    policy: { type: "string", default: "" },
    model: { type: "string", default: "" },
  },
});
const seeds = Array.from({ length: Number(args.seeds) }, (_, index) => Number(args.from) + index);
const all: LimitFigure[] = [];
if (!args.json) print("policy, goodput as a share of capacity, wasted calls");
for (const model of SERVER_MODELS.filter(({ name }) => name.includes(args.model))) {
  const figures: LimitFigure[] = [];
  for (const policy of POLICIES.filter(({ name }) => name.includes(args.policy))) {
    const figure = await figureOf(policy, model, seeds);
    if (figure !== undefined) figures.push(figure);
  }
  all.push(...figures);
  if (!args.json) printModel(model, figures);
}
if (args.json) print(JSON.stringify({ bench: "limits", runtime: `deno ${Deno.version.deno}`, figures: all }));
