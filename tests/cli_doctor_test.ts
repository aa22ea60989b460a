import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { runCli, withFiles } from "./_cli.ts";

const pipelineOf = (baseUrl: string, model: string) =>
  `version: 1
name: tiny
providers:
  teacher: { use: openai_compatible, with: { base_url: "${baseUrl}", model: ${model}, api_key: right } }
steps:
  words: { use: rows, with: { rows: [{ word: one }] } }
  ask: { use: text_generation, provider: teacher, with: { template: "Say {{ word }}" } }
`;

/** An endpoint double that lists its models to who has the key. */
function startModels(answer: (path: string) => Response | undefined = () => undefined) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    const own = answer(pathname);
    if (own !== undefined) return own;
    if (request.headers.get("authorization") !== "Bearer right") return new Response("no", { status: 401 });
    return Response.json({ object: "list", data: [{ id: "small" }, { id: "large" }] });
  });
  const baseUrl = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}/v1`;
  return { baseUrl, [Symbol.asyncDispose]: () => server.shutdown() };
}

interface Found {
  readonly code: number;
  readonly provider: { readonly state: string; readonly detail: string };
}

async function examine(pipeline: string, ...words: readonly string[]): Promise<Found> {
  let found: Found | undefined;
  await withFiles({ "pipeline.yaml": pipeline }, async (folder) => {
    const file = join(folder, "pipeline.yaml");
    const { code, stdout } = await runCli(
      ["doctor", "--pipeline", file, "--runs-dir", join(folder, "runs"), "--json", ...words],
      { folder },
    );
    found = { code, provider: JSON.parse(stdout).checks.at(-1) };
  });
  return found!;
}

Deno.test("fastdistill doctor asks endpoints whether they are there, take the key and know the model", async () => {
  await using server = startModels();
  const { baseUrl } = server;
  const fine = await examine(pipelineOf(baseUrl, "small"));
  assertEquals([fine.code, fine.provider.state], [0, "ok"]);
  assertMatch(fine.provider.detail, /^small at http:\/\/127\.0\.0\.1:\d+\/v1: 2 models, \d+ ms$/);
  const other = await examine(pipelineOf(baseUrl, "medium"));
  assertEquals([other.code, other.provider.state], [1, "failed"]);
  assertStringIncludes(other.provider.detail, '2 models, and "medium" is not among them');
  const locked = await examine(
    pipelineOf(baseUrl, "small"),
    "--set",
    "providers.teacher.with.api_key=wrong-one",
  );
  assertEquals([locked.code, locked.provider.state], [1, "failed"]);
  assertStringIncludes(locked.provider.detail, "provider.auth");
  assertEquals(locked.provider.detail.includes("wrong-one"), false);
});

Deno.test("fastdistill doctor takes an endpoint without a list of models for one that is there", async () => {
  await using server = startModels(() => new Response("nothing here", { status: 404 }));
  const { code, provider } = await examine(pipelineOf(server.baseUrl, "small"));
  assertEquals([code, provider.state], [0, "ok"]);
  assertStringIncludes(provider.detail, "it answers, and lists no models");
});

Deno.test("fastdistill doctor says of an endpoint that nobody is there", async () => {
  const { code, provider } = await examine(pipelineOf("http://127.0.0.1:1/v1", "small"));
  assertEquals([code, provider.state], [1, "failed"]);
  assertStringIncludes(provider.detail, "provider.connection");
});

Deno.test("fastdistill doctor looks at system, disk and store, and names what is damaged", () =>
  withFiles({}, async (folder) => {
    const cli = () => runCli(["doctor", "--runs-dir", folder], { folder });
    const { code, stdout } = await cli();
    assertEquals(code, 0);
    assertMatch(
      stdout,
      /^runtime +ok +fastdistill \d+\.\d+\.\d+ on deno .*\ndisk +ok +.* free for .*\nstore +ok +none yet/,
    );
    await Deno.writeTextFile(
      join(folder, "effects.sqlite"),
      "no store at all, but a text that is long enough",
    );
    const damaged = await cli();
    assertEquals(damaged.code, 1);
    assertMatch(damaged.stdout, /\nstore +FAILED +store\.corrupt: /);
  }));

Deno.test("fastdistill doctor says what is wrong with a pipeline, and where", () =>
  withFiles({ "pipeline.yaml": "version: 1\nname: x\nsteps: { a: { use: rowz } }\n" }, async (folder) => {
    const { code, stdout } = await runCli(["doctor", "--pipeline", join(folder, "pipeline.yaml")], {
      folder,
    });
    assertEquals(code, 1);
    assertMatch(
      stdout,
      /pipeline +FAILED +registry\.not_found: .*"rowz"; did you mean "rows"\?.*pipeline\.yaml:3:15/,
    );
  }));

const hasBash = await new Deno.Command("bash", { args: ["-c", "true"] }).output().then(
  ({ success }) => success,
  () => false,
);

Deno.test({
  name: "fastdistill completions bash completes commands, groups and flags",
  ignore: !hasBash,
  fn: async () => {
    const { stdout } = await runCli(["completions", "bash"]);
    const complete = async (...words: readonly string[]) => {
      const line = ["fastdistill", ...words].map((word) => `'${word}'`).join(" ");
      const script =
        `${stdout}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _fastdistill; echo "\${COMPREPLY[@]}"`;
      const { success, stdout: out, stderr } = await new Deno.Command("bash", { args: ["-c", script] })
        .output();
      assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
      return new TextDecoder().decode(out).trim();
    };
    assertEquals(await complete("valid"), "validate");
    assertEquals(await complete("cache", "expl"), "explain");
    assertEquals(await complete("run", "--retry"), "--retry-failed");
    assertEquals(await complete("cache", "export", "--ki"), "--kind");
  },
});

Deno.test("fastdistill completions names every command and flag for zsh and fish as well", async () => {
  for (const shell of ["zsh", "fish"]) {
    const { code, stdout } = await runCli(["completions", shell]);
    assertEquals(code, 0);
    for (const word of ["validate", "explain", "retry-failed", "runs-dir"]) {
      assertStringIncludes(stdout, word);
    }
  }
  const { code, stderr } = await runCli(["completions", "bosh"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'No shell is named "bosh"; did you mean "bash"?');
});
