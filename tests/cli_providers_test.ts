import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { cellWidth } from "../cli/render/cells.ts";
import { runCli, withFiles } from "./_cli.ts";

const KEY = "FASTDISTILL_TEST_KEY_OF_PROVIDERS";

const pipelineFor = (baseUrl: string) =>
  `version: 1
name: asked
providers:
  teacher:
    use: openai_compatible
    with: { base_url: "${baseUrl}", model: small, api_key_env: ${KEY} }
    price: { input: 0.5, output: 1.5 }
    limits: { rpm: 60 }
    fallback: [spare]
  spare:
    use: openai_compatible
    with: { model: small, api_key: "a-secret-of-mine" }
    deployments:
      - { with: { base_url: "${baseUrl}" } }
      - { with: { base_url: "http://name:passw0rd@127.0.0.1:9/v1" }, limits: { concurrency: 3 } }
  unused: { use: openai_compatible, with: { base_url: "${baseUrl}", model: none } }
steps:
  words: { use: rows, with: { rows: [{ word: one }] } }
  ask: { use: text_generation, provider: teacher, with: { template: "Say {{ word }}" } }
`;

/** An endpoint double that lists one model to who has the key. */
function startModels() {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) =>
      request.headers.get("authorization") === "Bearer right"
        ? Response.json({ object: "list", data: [{ id: "small" }] })
        : new Response("no", { status: 401 }),
  );
  const baseUrl = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}/v1`;
  return { baseUrl, [Symbol.asyncDispose]: () => server.shutdown() };
}

interface Asked {
  readonly baseUrl: string;
  readonly cli: (...words: string[]) => ReturnType<typeof runCli>;
}

async function withAsked(check: (asked: Asked) => Promise<void>): Promise<void> {
  await using server = startModels();
  await withFiles({ "pipeline.yaml": pipelineFor(server.baseUrl) }, async (folder) => {
    const cli: Asked["cli"] = (verb, ...words) =>
      runCli(["providers", verb!, join(folder, "pipeline.yaml"), ...words], {
        folder,
        terminal: { columns: 80 },
      });
    try {
      await check({ baseUrl: server.baseUrl, cli });
    } finally {
      Deno.env.delete(KEY);
    }
  });
}

Deno.test("fastdistill providers ls says where steps ask, and which keys are missing", () =>
  withAsked(async ({ baseUrl, cli }) => {
    const { providers } = JSON.parse((await cli("ls", "--json")).stdout);
    assertEquals(providers.map(({ provider }: { provider: string }) => provider), ["teacher", "spare"]);
    const [teacher, spare] = providers;
    assertEquals(teacher.deployments[0].keys, [{ env: KEY, is_set: false }]);
    assertEquals([teacher.price, teacher.price_from], [{ input: 0.5, output: 1.5 }, "pipeline"]);
    assertEquals([teacher.steps, teacher.fallback.to, teacher.deployments[0].limits.rpm], [
      ["ask"],
      ["spare"],
      60,
    ]);
    const endpoints = spare.deployments.map(({ endpoint }: { endpoint: string }) => endpoint);
    assertEquals(endpoints, [baseUrl, "http://127.0.0.1:9/v1"]);
    assertEquals([spare.deployments[1].keys, spare.deployments[1].limits.concurrency, spare.price], [
      [],
      3,
      null,
    ]);
    const { code, stdout } = await cli("ls");
    assertEquals([code, stdout.split("\n").filter((line) => cellWidth(line) > 80)], [0, []]);
    assertMatch(stdout, new RegExp(`^teacher .*${KEY} NOT SET`, "m"));
    Deno.env.set(KEY, "right");
    assertMatch((await cli("ls")).stdout, new RegExp(`^teacher .*${KEY} set`, "m"));
  }));

Deno.test("fastdistill providers never prints a secret", () =>
  withAsked(async ({ cli }) => {
    Deno.env.set(KEY, "a-key-of-the-environment");
    for (
      const words of [["ls"], ["ls", "--json"], ["show", "spare"], ["show", "spare", "--json"], ["check"]]
    ) {
      const { stdout, stderr } = await cli(words[0]!, ...words.slice(1));
      assertEquals(/a-secret-of-mine|passw0rd|a-key-of-the/.exec(stdout + stderr), null, words.join(" "));
    }
  }));

Deno.test("fastdistill providers show tells one provider, and suggests a name", () =>
  withAsked(async ({ baseUrl, cli }) => {
    const { code, stdout } = await cli("show", "teacher");
    assertEquals(code, 0);
    assertStringIncludes(stdout, `endpoint  small at ${baseUrl}\n`);
    assertStringIncludes(stdout, "limits    16 in flight, fewer when that is too many, 60 calls a minute\n");
    assertStringIncludes(stdout, "price     0.5 in, 1.50 out, in USD per million tokens\n");
    const wrong = await cli("show", "taecher");
    assertEquals(wrong.code, 2);
    assertStringIncludes(wrong.stderr, 'asks a provider "taecher"; did you mean "teacher"?');
  }));

Deno.test("fastdistill providers check asks each endpoint once", () =>
  withAsked(async ({ cli }) => {
    Deno.env.set(KEY, "right");
    const { code, stdout } = await cli("check", "--json");
    const { ok, providers } = JSON.parse(stdout);
    assertEquals([code, ok], [1, false]);
    assertEquals(
      providers.map((
        { provider, deployment, state }: Record<string, unknown>,
      ) => [provider, deployment, state]),
      [["teacher", undefined, "ok"], ["spare", 0, "failed"], ["spare", 1, "failed"]],
    );
    assertMatch((await cli("check")).stdout, /^provider teacher +ok +small at http.*: 1 model, \d+ ms$/m);
  }));
