import { assertEquals } from "@std/assert";
import type { ChatRequest, Provider } from "../provider/mod.ts";
import { callAttributes, requestAttributes } from "./gen_ai.ts";

const request: ChatRequest = {
  model: "m",
  messages: [],
  decode: { temperature: 0.5, top_p: 1, max_tokens: 9, seed: 7 },
};
const provider = (adapter: string, endpoint: string): Provider => ({
  adapter,
  endpoint,
  model: "m",
  capabilities: [],
});

Deno.test("callAttributes() names the vendor and the server", () => {
  assertEquals(callAttributes(provider("openai_compatible", "https://api.deepseek.com/v1"), request), {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "deepseek",
    "gen_ai.request.model": "m",
    "server.address": "api.deepseek.com",
    "server.port": 443,
  });
  const local = callAttributes(provider("openai_compatible", "http://127.0.0.1:8000/v1"), request);
  assertEquals([local["gen_ai.provider.name"], local["server.port"]], ["openai_compatible", 8000]);
  const recorded = callAttributes(provider("replay", "sha256:abc"), request);
  assertEquals([recorded["gen_ai.provider.name"], "server.address" in recorded], ["replay", false]);
});

Deno.test("requestAttributes() holds parameters by the names of the conventions", () => {
  assertEquals(requestAttributes(request, [2, 3]), {
    "gen_ai.request.temperature": 0.5,
    "gen_ai.request.top_p": 1,
    "gen_ai.request.max_tokens": 9,
    "gen_ai.request.seed": 9,
    "gen_ai.request.choice.count": 2,
    "gen_ai.output.type": "text",
  });
});
