import { seededRandom } from "@fastdistill/core";
import {
  completion,
  deterministic,
  failure,
  type Reply,
  type Script,
  type ServedRequest,
} from "./_servers/openai_server.ts";

/** What goes wrong, and the code that a call has which meets nothing else. */
export const TROUBLES = {
  unavailable: "provider.unavailable",
  bad_gateway: "provider.unavailable",
  overloaded: "provider.overloaded",
  limited: "provider.rate_limited",
  reset: "provider.connection",
  half_body: "provider.connection",
  page: "provider.bad_response",
  cut_json: "provider.bad_response",
  other_json: "provider.bad_response",
  no_choices: "provider.bad_response",
  error_in_answer: "provider.overloaded",
  hang: "provider.timeout",
  hang_mid_body: "provider.timeout",
  slow_drip: "provider.timeout",
  refused: "provider.bad_request",
} as const;

/** Names of the troubles. */
export type Trouble = keyof typeof TROUBLES;

const SOON = { "retry-after-ms": "3" };
/** Requests, by arrival, that a storm of refusals hits. */
const STORM = { from: 60, to: 90 };

/** Every trouble, mixed by a seed, for some requests at their first attempts and for prompts that name one always. */
export function chaos(seed: string): Script {
  return (request) => {
    const { order, attempt } = request;
    const doom = promptOf(request).match(/ doomed to (\w+)/)?.[1];
    if (doom !== undefined) return troubled(doom as Trouble, request);
    if (order >= STORM.from && order < STORM.to) return troubled("limited", request);
    const random = seededRandom(`${seed}/${promptOf(request)}/${request.body.seed}/${attempt}`);
    if (random.next() < 0.4) {
      const names = Object.keys(TROUBLES) as Trouble[];
      return troubled(names[random.integer(names.length)]!, request);
    }
    if (random.next() < 0.2) return { ...deterministic(request), drip: { pieces: 4, everyMs: 2 } };
    return random.next() < 0.3 ? fewerChoices(request) : deterministic(request);
  };
}

/** The last message of a request. */
export function promptOf({ body }: ServedRequest): string {
  return (body.messages as readonly { readonly content: string }[]).at(-1)!.content;
}

/** One choice, however many were asked for. */
function fewerChoices(request: ServedRequest): Reply {
  return deterministic({ ...request, body: { ...request.body, n: 1 } });
}

function troubled(trouble: Trouble, request: ServedRequest): Reply {
  const answer = deterministic(request);
  switch (trouble) {
    case "unavailable":
      return failure(500, "broken", { headers: SOON });
    case "bad_gateway":
      return { status: 502, body: "<html>bad gateway</html>", headers: SOON };
    case "overloaded":
      return failure(503, "busy", { headers: SOON });
    case "limited":
      return failure(429, "slow down", { headers: SOON });
    case "reset":
      return { failure: "reset" };
    case "half_body":
      return { ...answer, failure: "reset_mid_body" };
    case "page":
      return { body: "<!doctype html><title>Sign in</title>" };
    case "cut_json":
      return { body: JSON.stringify(answer.body).slice(0, 60) };
    case "other_json":
      return { body: [1, { choices: "none" }] };
    case "no_choices":
      return completion([]);
    case "error_in_answer":
      return { body: { error: { code: 503, message: "upstream is busy" } } };
    case "hang":
      return { failure: "hang" };
    case "hang_mid_body":
      return { ...answer, failure: "hang_mid_body" };
    case "slow_drip":
      return { ...answer, drip: { pieces: 50, everyMs: 40 } };
    case "refused":
      return failure(400, "cannot do this");
  }
}
