/**
 * How many calls a target makes in vain, and what its care costs in time: candidates that make one call each, of lognormal
 * latency, in virtual time, let in by the run's own `RowTarget` or as many at once as there is room for. The same figures on
 * every machine. `deno task bench:targets [--json]`
 *
 * @module
 */
import { seededRandom } from "../../core/mod.ts";
import { RowTarget } from "../../core/run/row_target.ts";
import { type BenchFigure, printBench } from "./_bench_result.ts";
import { normal } from "./_limits/servers.ts";

const SEEDS = 20;
const MEDIAN_MS = 1_000;
/** Rows that a segment has under way for each call in flight, as in a run. */
const ROWS_PER_CALL = 2;

interface Scenario {
  readonly accepted: number;
  /** Share of the candidates that is accepted. */
  readonly share: number;
  readonly inFlight: number;
}

const SCENARIOS: readonly Scenario[] = [
  { accepted: 100, share: 0.5, inFlight: 16 },
  { accepted: 500, share: 0.5, inFlight: 256 },
  { accepted: 500, share: 0.1, inFlight: 256 },
  { accepted: 2_000, share: 0.8, inFlight: 256 },
];

interface Played {
  /** Calls that were made. */
  readonly calls: number;
  readonly needed: number;
  readonly seconds: number;
}

interface Flight {
  readonly candidate: number;
  readonly endsAt: number;
}

function play({ accepted, share, inFlight }: Scenario, seed: string, isPaced: boolean): Played {
  const target = new RowTarget({
    accepted,
    step: "judge",
    steps: new Set(["read", "judge"]),
    sources: ["read"],
    isPaced,
    samples: 1,
  }, () => 0);
  const random = seededRandom(seed);
  const waiting: number[] = [];
  const flying: Flight[] = [];
  const done: boolean[] = [];
  let [calls, passed, now] = [0, 0, 0];
  const hasRoom = () => done.length - passed < Math.max(256, ROWS_PER_CALL * inFlight);
  while (!target.reached.aborted) {
    while (hasRoom() && target.room("read") === undefined && target.take()) {
      waiting.push(done.push(false) - 1);
    }
    for (; flying.length < inFlight && waiting.length > 0; calls++) {
      flying.push({ candidate: waiting.shift()!, endsAt: now + MEDIAN_MS * Math.exp(normal(random)) });
    }
    const next = flying.reduce((first, flight) => flight.endsAt < first.endsAt ? flight : first);
    flying.splice(flying.indexOf(next), 1);
    now = next.endsAt;
    done[next.candidate] = true;
    for (; done[passed] === true && !target.reached.aborted; passed++) {
      if (seededRandom(`${seed}/${passed}`).next() < share) target.accept([0, passed]);
      target.pass([0, passed]);
    }
  }
  return { calls, needed: passed, seconds: now / 1_000 };
}

function figuresOf(scenario: Scenario): readonly BenchFigure[] {
  const mean = (isPaced: boolean) => {
    const played = Array.from({ length: SEEDS }, (_, seed) => play(scenario, `targets/${seed}`, isPaced));
    const sum = (of: (one: Played) => number) => played.reduce((total, one) => total + of(one), 0);
    const vain = 100 * (sum(({ calls }) => calls) / sum(({ needed }) => needed) - 1);
    return { vain, seconds: sum(({ seconds }) => seconds) / SEEDS };
  };
  const [paced, all] = [mean(true), mean(false)];
  const { accepted, share, inFlight } = scenario;
  const name = `${accepted} rows, ${100 * share} % accepted, ${inFlight} in flight`;
  const beside = (value: number) => ({ name: "no pacing", value });
  return [
    { name: `${name}: calls in vain`, unit: "%", value: paced.vain, baseline: beside(all.vain) },
    { name: `${name}: until it is reached`, unit: "s", value: paced.seconds, baseline: beside(all.seconds) },
  ];
}

printBench("targets", SCENARIOS.flatMap(figuresOf));
