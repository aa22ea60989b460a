import { assert, assertEquals } from "@std/assert";
import { AdaptiveLimiter } from "../../../core/gateway/mod.ts";
import { fixedLimiter } from "./rivals.ts";
import { SERVER_MODELS } from "./servers.ts";
import { CEILING, type LimitPolicy, simulate } from "./simulate.ts";

const ours: LimitPolicy = {
  name: "ours",
  isPerStep: false,
  holdsWhileBackingOff: false,
  open: (clock) => new AdaptiveLimiter({ clock, concurrency: CEILING }),
};

const fixed: LimitPolicy = { ...ours, name: "fixed", open: (time) => fixedLimiter(time, 64) };

function modelNamed(name: string) {
  return SERVER_MODELS.find((model) => model.name === name)!;
}

Deno.test("simulate() gives the same figures for the same seed, and others for another", async () => {
  const model = modelNamed("calls at once, 429");
  const [first, again, other] = [
    await simulate(ours, model, 1),
    await simulate(ours, model, 1),
    await simulate(ours, model, 2),
  ];
  assertEquals(first, again);
  assert(first?.goodput !== other?.goodput);
});

Deno.test("simulate() counts what a policy wastes that heeds nothing", async () => {
  const score = await simulate(fixed, modelNamed("requests a second, 429"), 1);
  assert(score!.goodput > 0.95 && score!.wasted > 0.1, JSON.stringify(score));
});

for (const name of ["requests a second, 429", "calls at once, 429", "queues silently", "advertised quota"]) {
  Deno.test(`AdaptiveLimiter uses 95 % of a server and wastes at most 1.2 %: ${name}`, async () => {
    const score = await simulate(ours, modelNamed(name), 7);
    assert(score!.goodput >= 0.95 && score!.wasted <= 0.012, JSON.stringify(score));
  });
}
