import { type RandomStream, seededRandom } from "@fastdistill/core";
import type { CallOutcome, Limiter } from "../../../core/gateway/mod.ts";
import { NETWORK_MS, normal, type ServerAnswer, type ServerModel } from "./servers.ts";
import { VirtualTime } from "./virtual_time.ts";

/** Seconds of virtual time. */
export const SECONDS = 180;
/** Most calls in flight that any policy may have. */
export const CEILING = 256;
const WORKERS = 512;

const TIMEOUT_MS = 10_000;
/** Spans over which reconvergence is judged. */
const JUDGED_S = 4;
const LASTING_S = 12;

/** A policy of how many calls are sent when. */
export interface LimitPolicy {
  readonly name: string;
  /** Whether each step has a limiter of its own, which knows nothing of the others. */
  readonly isPerStep: boolean;
  /** Whether a call that is tried again keeps its place while it waits. */
  readonly holdsWhileBackingOff: boolean;
  /** A limiter; `undefined` where the policy cannot be used with the model. */
  readonly open: (time: VirtualTime, model: ServerModel) => Limiter | undefined;
}

/** What became of one simulation. */
export interface LimitScore {
  /** Useful units as a share of what the server could have done. */
  readonly goodput: number;
  /** Share of calls that were refused or given up. */
  readonly wasted: number;
  /** Longest time in seconds until a change of capacity was followed; `undefined` where nothing changes. */
  readonly reconvergence: number | undefined;
  /** 99th percentile of answered calls, in milliseconds. */
  readonly p99: number;
  /** Share of the answers that the step with fewer got, times the number of steps. */
  readonly fairness: number;
}

interface Done {
  readonly at: number;
  readonly units: number;
  readonly isOk: boolean;
  readonly step: number;
  readonly latencyMs: number;
}

interface World {
  readonly time: VirtualTime;
  readonly model: ServerModel;
  readonly policy: LimitPolicy;
  readonly random: RandomStream;
  readonly send: (
    call: { readonly tokens: number; readonly step: number },
  ) => Promise<ServerAnswer | "timeout">;
  readonly done: Done[];
}

/** Runs one policy against one server. The same seed gives the same figures. */
export async function simulate(
  policy: LimitPolicy,
  model: ServerModel,
  seed: number,
): Promise<LimitScore | undefined> {
  const time = new VirtualTime();
  const random = seededRandom(`${seed}/${model.name}`);
  const server = model.open(time, seededRandom(`${seed}/${model.name}/server`));
  const send = (call: { readonly tokens: number; readonly step: number }) =>
    new Promise<ServerAnswer | "timeout">((resolve) => {
      time.after(NETWORK_MS / 2, () => {
        server.serve(call, (answer) => time.after(NETWORK_MS / 2, () => resolve(answer)));
      });
      time.after(TIMEOUT_MS, () => resolve("timeout"));
    });
  const world: World = { time, model, policy, random, send, done: [] };
  const steps = model.steps ?? 1;
  const limiters = Array.from({ length: policy.isPerStep ? steps : 1 }, () => policy.open(time, model));
  for (let worker = 0; worker < WORKERS; worker++) {
    const step = worker % steps;
    const limiter = limiters[step % limiters.length];
    if (limiter === undefined) return undefined;
    void work(world, limiter, step);
  }
  await time.run(SECONDS * 1_000 + TIMEOUT_MS);
  return score(world);
}

async function work(
  { time, policy, random, send, done, model }: World,
  limiter: Limiter,
  step: number,
): Promise<void> {
  const { signal } = new AbortController();
  for (let failures = 0; time.now() < SECONDS * 1_000;) {
    const tokens = Math.round(900 * Math.exp(0.45 * normal(random)));
    using lease = await limiter.acquire({ priority: 0, signal, tokens: 4_096 });
    const sentAt = time.now();
    if (sentAt >= SECONDS * 1_000) return;
    const answer = await send({ tokens, step });
    const isOk = answer !== "timeout" && answer.isOk;
    const units = model.unit === "calls" ? 1 : tokens;
    done.push({ at: time.now(), units, isOk, step, latencyMs: time.now() - sentAt });
    lease.report(outcomeOf(answer, tokens));
    failures = isOk ? 0 : failures + 1;
    if (isOk || !policy.holdsWhileBackingOff) continue;
    const asked = answer === "timeout" ? undefined : answer.retryAfterMs;
    await time.sleep(asked ?? random.next() * Math.min(8_000, 500 * 2 ** failures));
  }
}

function outcomeOf(answer: ServerAnswer | "timeout", tokens: number): CallOutcome {
  if (answer === "timeout") return { kind: "overloaded" };
  const { isOk, retryAfterMs, quotas } = answer;
  return isOk ? { kind: "ok", tokens, quotas } : { kind: "rate_limited", retryAfterMs, quotas };
}

function score({ model, done }: World): LimitScore {
  let capacity = model.burst;
  for (let second = 0; second < SECONDS; second++) capacity += model.capacity(second);
  const answered = done.filter(({ isOk }) => isOk);
  const useful = answered.reduce((sum, { units }) => sum + units, 0);
  const latencies = answered.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const steps = model.steps ?? 1;
  const least = Math.min(
    ...Array.from({ length: steps }, (_, step) => answered.filter((one) => one.step === step).length),
  );
  const times = model.changes.map((second) => reconvergence(model, done, second));
  return {
    goodput: useful / capacity,
    wasted: (done.length - answered.length) / Math.max(1, done.length),
    reconvergence: times.length === 0 ? undefined : Math.max(...times),
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? Infinity,
    fairness: steps * least / Math.max(1, answered.length),
  };
}

/** Seconds until both the next four and the next twelve seconds are good. */
function reconvergence(model: ServerModel, done: readonly Done[], change: number): number {
  const end = Math.min(SECONDS, ...model.changes.filter((other) => other > change));
  for (let from = change; from + LASTING_S <= end; from += 0.25) {
    const isGood = [JUDGED_S, LASTING_S].every((span) =>
      isFollowed(done, { from, span, capacity: model.capacity(change) })
    );
    if (isGood) return from - change;
  }
  return end - change;
}

interface Judged {
  readonly from: number;
  readonly span: number;
  readonly capacity: number;
}

/** Whether 90 % of the capacity is answered and at most 5 % wasted. */
function isFollowed(done: readonly Done[], { from, span, capacity }: Judged): boolean {
  const judged = done.filter(({ at }) => at >= from * 1_000 && at < (from + span) * 1_000);
  const answered = judged.filter(({ isOk }) => isOk);
  const units = answered.reduce((sum, one) => sum + one.units, 0);
  return units >= 0.9 * span * capacity && judged.length - answered.length <= 0.05 * judged.length;
}
