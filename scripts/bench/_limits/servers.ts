import type { Quota, RandomStream } from "@fastdistill/core";
import type { VirtualTime } from "./virtual_time.ts";

/** A call as a server sees it. */
export interface ServerCall {
  readonly tokens: number;
  /** Which of the steps that share the endpoint sends it. */
  readonly step: number;
}

/** What a server answers. */
export interface ServerAnswer {
  readonly isOk: boolean;
  readonly retryAfterMs?: number;
  readonly quotas?: readonly Quota[];
}

/** A server that runs in virtual time. */
export interface Server {
  readonly serve: (call: ServerCall, answer: (answer: ServerAnswer) => void) => void;
}

/** A kind of server, and what it can do at most. */
export interface ServerModel {
  readonly name: string;
  /** Steps that share the endpoint. @default {1} */
  readonly steps?: number;
  /** Seconds at which the capacity changes. */
  readonly changes: readonly number[];
  /** Useful units (calls, or tokens) a second at a time in seconds. */
  readonly capacity: (second: number) => number;
  /** Units that it does at once beyond that, in all. */
  readonly burst: number;
  readonly unit: "calls" | "tokens";
  /** What a person who knows the limit would write down. */
  readonly stated?: { readonly rpm?: number; readonly tpm?: number };
  readonly open: (time: VirtualTime, random: RandomStream) => Server;
}

/** Calls a second of the servers that limit the rate. */
const RATE = 60;
const TOKENS_PER_SECOND = 60_000;
const SLOTS = 48;
const SILENT_SLOTS = 16;
/** Service times are lognormal. */
const MEDIAN_MS = 600;
const SIGMA = 0.5;
const MEAN_S = MEDIAN_MS / 1_000 * Math.exp(SIGMA ** 2 / 2);
/** From an answer until the next call that takes its place arrives. */
export const NETWORK_MS = 40;
const CHANGES = [60, 120];

/** One normally distributed number. Source: Box and Muller, 1958. */
export function normal(random: RandomStream): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Half of it from the first change to the second, which doubles it again. */
function halved(full: number): (second: number) => number {
  return (second) => second >= CHANGES[0]! && second < CHANGES[1]! ? full / 2 : full;
}

function serviceMs(random: RandomStream, step = 0): number {
  return MEDIAN_MS * (step === 0 ? 1 : 3) * Math.exp(SIGMA * normal(random));
}

interface RateRules {
  readonly capacity: (second: number) => number;
  /** Seconds of capacity that the bucket holds. */
  readonly burstS: number;
  readonly amount: (call: ServerCall) => number;
  readonly advertises?: boolean;
  /** Whether a refusal says how long to wait. @default {true} */
  readonly isTimed?: boolean;
}

/** Refuses what a token bucket does not hold, with Retry-After in whole seconds. */
function rateServer({ capacity, burstS, amount, advertises = false, isTimed = true }: RateRules) {
  return (time: VirtualTime, random: RandomStream): Server => {
    let level = capacity(0) * burstS;
    let last = 0;
    return {
      serve: (call, answer) => {
        const second = time.now() / 1_000;
        const full = capacity(second) * burstS;
        level = Math.min(full, level + (second - last) * capacity(second));
        last = second;
        const wanted = amount(call);
        const isOk = level >= wanted;
        if (isOk) level -= wanted;
        const resetMs = (full - level) / capacity(second) * 1_000;
        const quota: Quota = { of: "requests", limit: full, remaining: Math.floor(level), resetMs };
        const quotas = advertises ? { quotas: [quota] } : {};
        if (isOk) return void time.after(serviceMs(random, call.step), () => answer({ isOk, ...quotas }));
        const retryAfterMs = Math.ceil((wanted - level) / capacity(second)) * 1_000;
        answer({ isOk, ...(isTimed ? { retryAfterMs } : {}), ...quotas });
      },
    };
  };
}

interface SlotKind {
  /** Whether calls wait when all places are taken, or are refused. */
  readonly queues: boolean;
  /** Whether a refusal says how long to wait. @default {false} */
  readonly isTimed?: boolean;
}

/** Works on so many calls at once; refuses the others, or lets them wait without a word. */
function slotServer(slots: (second: number) => number, { queues, isTimed = false }: SlotKind) {
  return (time: VirtualTime, random: RandomStream): Server => {
    const queue: (() => void)[] = [];
    let busy = 0;
    const work = () => {
      while (busy < slots(time.now() / 1_000) && queue.length > 0) {
        busy++;
        queue.shift()!();
      }
    };
    for (const change of CHANGES) time.after(change * 1_000, work);
    return {
      serve: (_call, answer) => {
        if (!queues && busy >= slots(time.now() / 1_000)) {
          return answer({ isOk: false, ...(isTimed ? { retryAfterMs: 1_000 } : {}) });
        }
        queue.push(() =>
          time.after(serviceMs(random), () => {
            busy--;
            answer({ isOk: true });
            work();
          })
        );
        work();
      },
    };
  };
}

const steady = (value: number) => () => value;
const one = () => 1;

function rateModel(
  name: string,
  capacity: (second: number) => number,
  changes: readonly number[],
): ServerModel {
  const open = rateServer({ capacity, burstS: 1, amount: one });
  const stated = changes.length > 0 ? {} : { stated: { rpm: RATE * 60 } };
  return { name, changes, capacity, burst: RATE, unit: "calls", open, ...stated };
}

interface SlotRules {
  readonly slots: (second: number) => number;
  readonly queues: boolean;
  readonly changes: readonly number[];
}

function slotModel(name: string, { slots, queues, changes }: SlotRules): ServerModel {
  // A client knows that a place is free only once the answer has come; a queue hides that.
  const placeS = MEAN_S + (queues ? 0 : NETWORK_MS / 1_000);
  const capacity = (second: number) => slots(second) / placeS;
  return { name, changes, capacity, burst: 0, unit: "calls", open: slotServer(slots, { queues }) };
}

/** The servers that policies are compared on. */
export const SERVER_MODELS: readonly ServerModel[] = [
  rateModel("requests a second, 429", steady(RATE), []),
  {
    name: "tokens a minute, 429",
    changes: [],
    capacity: steady(TOKENS_PER_SECOND),
    burst: TOKENS_PER_SECOND * 5,
    unit: "tokens",
    stated: { tpm: TOKENS_PER_SECOND * 60 },
    open: rateServer({ capacity: steady(TOKENS_PER_SECOND), burstS: 5, amount: ({ tokens }) => tokens }),
  },
  slotModel("calls at once, 429", { slots: steady(SLOTS), queues: false, changes: [] }),
  slotModel("queues silently", { slots: steady(SILENT_SLOTS), queues: true, changes: [] }),
  rateModel("requests a second, halved and doubled", halved(RATE), CHANGES),
  slotModel("calls at once, halved and doubled", { slots: halved(SLOTS), queues: false, changes: CHANGES }),
  slotModel("queues silently, halved and doubled", {
    slots: halved(SILENT_SLOTS * 2),
    queues: true,
    changes: CHANGES,
  }),
  { ...rateModel("two steps on one endpoint", steady(RATE), []), steps: 2 },
  {
    ...rateModel("advertised quota", steady(RATE), []),
    burst: RATE * 5,
    open: rateServer({ capacity: steady(RATE), burstS: 5, amount: one, advertises: true }),
  },
  {
    ...rateModel("requests a second, 429 without Retry-After", steady(RATE), []),
    open: rateServer({ capacity: steady(RATE), burstS: 1, amount: one, isTimed: false }),
  },
  {
    ...rateModel("requests a second, hardly any burst", steady(RATE), []),
    burst: RATE * 0.1,
    open: rateServer({ capacity: steady(RATE), burstS: 0.1, amount: one }),
  },
  {
    ...slotModel("calls at once, 429 with Retry-After", { slots: steady(SLOTS), queues: false, changes: [] }),
    open: slotServer(steady(SLOTS), { queues: false, isTimed: true }),
  },
];
