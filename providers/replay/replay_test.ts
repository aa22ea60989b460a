import {
  type ChatRequest,
  type FastDistillError,
  formatRecording,
  type Provider,
  type RecordedSample,
  type RecordingEntry,
  type RecordingHeader,
  requestKey,
} from "@fastdistill/core";
import { testProvider } from "@fastdistill/core/testing";
import { assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { inputFilesOf } from "../../core/runtime/mod.ts";
import { configOf, openProvider } from "../../tests/_providers/open_provider.ts";
import replay from "./replay.ts";

const HEADER: RecordingHeader = {
  format: "fastdistill.recording",
  version: 1,
  adapter: "openai_compatible",
  endpoint: "http://127.0.0.1:11434/v1",
  models: ["tiny"],
  recorded_at: "2026-01-01T00:00:00.000Z",
};

function request(question: string, fields: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: "tiny",
    messages: [{ role: "system", content: "Write SQL" }, { role: "user", content: question }],
    decode: { temperature: 0.7, seed: 7 },
    ...fields,
  };
}

function sample(index: number, content: string): RecordedSample {
  return {
    index,
    content,
    model: "tiny:q4",
    finish_reason: { kind: "stop", raw: "stop" },
    usage: { input_tokens: index === 0 ? 12 : 0, output_tokens: 3 },
    duration_ms: 40,
  };
}

function entry(asked: ChatRequest, contents: readonly string[]): RecordingEntry {
  return {
    key: requestKey(asked),
    request: asked,
    samples: contents.map((content, index) => sample(index, content)),
  };
}

const ENTRIES: readonly RecordingEntry[] = [
  entry(request("How many customers are there?"), ["a", "b", "c", "d"]),
  entry(request("Which product sold best in March?"), ["e"]),
];

async function withFile(text: string, use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/teacher.jsonl`, text);
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function open(dir: string, config: Record<string, unknown> = {}): Promise<Provider> {
  return openProvider(replay, { recording: "teacher.jsonl", ...config }, { baseDir: dir });
}

function ask(provider: Provider, asked: ChatRequest, sampleIndexes: readonly number[] = [0]) {
  return provider.chat!({ request: asked, sampleIndexes, signal: new AbortController().signal });
}

/** The error for a request to a recording of {@linkcode ENTRIES}. */
async function missingOf(
  asked: ChatRequest,
  { sampleIndexes = [0], entries = ENTRIES }: {
    readonly sampleIndexes?: readonly number[];
    readonly entries?: readonly RecordingEntry[];
  } = {},
): Promise<FastDistillError> {
  let error: FastDistillError | undefined;
  await withFile(formatRecording(HEADER, entries), async (dir) => {
    const provider = await open(dir);
    error = await assertRejects(() => ask(provider, asked, sampleIndexes)) as FastDistillError;
  });
  assertEquals([error!.code, error!.retryable], ["provider.recording_missing", false]);
  return error!;
}

async function make() {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/teacher.jsonl`, formatRecording(HEADER, ENTRIES));
  return { provider: await open(dir), dispose: () => Deno.remove(dir, { recursive: true }) };
}

testProvider("replay", {
  test: Deno.test,
  make,
  request: () => request("How many customers are there?"),
  hanging: "it answers at once",
  failures: {
    "the request was never recorded": {
      make,
      request: () => request("How many orders are there?"),
      code: "provider.recording_missing",
      retryable: false,
    },
  },
});

Deno.test("chat() answers the recorded samples, in the order asked for, with the sum of their usage", async () => {
  await withFile(formatRecording(HEADER, ENTRIES), async (dir) => {
    const provider = await open(dir);
    assertEquals(await ask(provider, request("How many customers are there?"), [0, 2]), {
      choices: [
        { content: "a", finish_reason: { kind: "stop", raw: "stop" } },
        { content: "c", finish_reason: { kind: "stop", raw: "stop" } },
      ],
      usage: { input_tokens: 12, output_tokens: 6 },
      model: "tiny:q4",
    });
  });
});

Deno.test("chat() keeps reasoning, tool calls, log probabilities and the mark of an estimate", async () => {
  const full: RecordedSample = {
    ...sample(0, "x"),
    reasoning: "hm",
    tool_calls: [{ id: "1", name: "f", arguments: "{}" }],
    logprobs: [1],
    usage: { input_tokens: 1, output_tokens: 2, estimated: true, cached_input_tokens: 1 },
  };
  const asked = request("q");
  const text = formatRecording(HEADER, [{ key: requestKey(asked), request: asked, samples: [full] }]);
  await withFile(text, async (dir) => {
    const { choices: [choice], usage } = await ask(await open(dir), asked);
    const { index: _, model: __, usage: ___, duration_ms: ____, ...expected } = full;
    assertEquals(choice, expected);
    assertEquals(usage, full.usage);
  });
});

Deno.test("chat() answers the samples before the first that is missing, and then says that it is missing", async () => {
  await withFile(formatRecording(HEADER, ENTRIES), async (dir) => {
    const provider = await open(dir);
    const asked = request("How many customers are there?");
    assertEquals((await ask(provider, asked, [2, 3, 4, 5])).choices.map(({ content }) => content), [
      "c",
      "d",
    ]);
    const error = await assertRejects(() => ask(provider, asked, [4, 5])) as FastDistillError;
    assertEquals(
      error.message,
      `Looked in teacher.jsonl for sample 4 of request ${requestKey(asked).slice(0, 12)} ` +
        `("How many customers are there?"), found none: sample index (4 recorded: 0, 1, 2, 3; index 4 asked)`,
    );
  });
});

Deno.test("chat() names a decode parameter that is another one", async () => {
  const asked = request("How many customers are there?", {
    decode: { temperature: 0.8, seed: 7, top_p: 0.5 },
  });
  const error = await missingOf(asked, { entries: ENTRIES.slice(0, 1) });
  assertEquals(
    error.message,
    `Looked in teacher.jsonl for sample 0 of request ${requestKey(asked).slice(0, 12)} ` +
      `("How many customers are there?"), found none: recorded ${ENTRIES[0]!.key.slice(0, 12)} differs in ` +
      `temperature (0.7 recorded, 0.8 asked); top_p (none recorded, 0.5 asked)`,
  );
  assertEquals(error.context.request_key, requestKey(asked));
});

Deno.test("chat() names the model when only the model is another one", async () => {
  const { message } = await missingOf(request("How many customers are there?", { model: "big" }));
  assertStringIncludes(message, 'differs in model ("tiny" recorded, "big" asked)');
});

Deno.test("chat() shows where the messages begin to differ", async () => {
  const { message } = await missingOf(request("How many customers were there in 2024?"));
  assertStringIncludes(
    message,
    'differs in messages.1 at character 19 ("How many customers are there?" recorded, ' +
      '"How many customers were there in 2024?" asked)',
  );
});

Deno.test("chat() shows an excerpt around a difference deep inside a long message", async () => {
  const long = "x".repeat(3000);
  const { message } = await missingOf(request(`${long} new ${long}`), {
    entries: [entry(request(`${long} old ${long}`), ["a"])],
  });
  assertStringIncludes(message, 'at character 3001 ("...');
  assertMatch(message, /x old x+\.\.\." recorded, ".*x new x+\.\.\." asked/);
  assertEquals(message.length < 600, true, message);
});

Deno.test("chat() names messages that are more, and roles that are others", async () => {
  const [system, user] = request("How many customers are there?").messages;
  const more = await missingOf(
    request("", { messages: [system!, user!, { role: "assistant", content: "x" }] }),
  );
  assertStringIncludes(more.message, "messages (2 recorded, 3 asked)");
  const roles = await missingOf(request("", { messages: [{ ...system!, role: "user" }, user!] }));
  assertStringIncludes(roles.message, "messages.0 (role system recorded, user asked)");
});

Deno.test("chat() compares with the nearest requests first", async () => {
  const entries = Array.from(
    { length: 50 },
    (_, index) => entry(request(`Unrelated ${index} ${"z".repeat(index)}`), ["a"]),
  );
  const near = entry(request("Which product sold best in April?"), ["b"]);
  const { context } = await missingOf(request("Which product sold best in May?"), {
    entries: [...entries, near],
  });
  const nearest = context.nearest as { request_key: string }[];
  assertEquals([nearest.length, nearest[0]!.request_key], [2, near.key]);
});

Deno.test("chat() says so when the recording is empty", async () => {
  assertStringIncludes(
    (await missingOf(request("q"), { entries: [] })).message,
    "found no recorded request at all",
  );
});

Deno.test("chat() refuses to be asked for nothing", async () => {
  await withFile(formatRecording(HEADER, ENTRIES), async (dir) => {
    const provider = await open(dir);
    await assertRejects(() => ask(provider, ENTRIES[0]!.request, []), RangeError, "sampleIndexes is empty");
  });
});

Deno.test("open() states the recording's digest as its endpoint, and the only model as its model", async () => {
  const text = formatRecording(HEADER, ENTRIES);
  await withFile(text, async (dir) => {
    const { adapter, endpoint, model } = await open(dir);
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    const sha256 = [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    assertEquals([adapter, endpoint, model], ["replay", `recording:${sha256}`, "tiny"]);
  });
});

Deno.test("open() takes the header's model where nothing is recorded yet", async () => {
  await withFile(formatRecording(HEADER, []), async (dir) => assertEquals((await open(dir)).model, "tiny"));
  await withFile(formatRecording({ ...HEADER, models: [] }, []), async (dir) => {
    const error = await assertRejects(() => open(dir)) as FastDistillError;
    assertEquals(error.code, "config.invalid_value");
  });
});

Deno.test("open() wants a model to be chosen where several are recorded", async () => {
  const entries = [...ENTRIES, entry(request("q", { model: "big" }), ["z"])];
  await withFile(formatRecording(HEADER, entries), async (dir) => {
    const none = await assertRejects(() => open(dir)) as FastDistillError;
    assertEquals(none.code, "config.invalid_value");
    assertEquals(
      none.message,
      'The recording teacher.jsonl holds 2 models, and none is chosen: "big", "tiny"',
    );
    const wrong = await assertRejects(() => open(dir, { model: "tinny" })) as FastDistillError;
    assertEquals(
      wrong.message,
      'The recording teacher.jsonl has no answers of the model "tinny"; did you mean "tiny"?',
    );
    assertEquals((await open(dir, { model: "big" })).model, "big");
  });
});

Deno.test("inspect() gives the recording's digest and size", async () => {
  const text = formatRecording(HEADER, ENTRIES);
  await withFile(text, async (dir) => {
    const config = configOf(replay, { recording: "teacher.jsonl" });
    const inspection = await replay.definition.inspect!(config, {
      step: "teacher",
      files: inputFilesOf(dir),
      env: () => undefined,
    });
    const { endpoint } = await open(dir);
    const size = new TextEncoder().encode(text).byteLength;
    assertEquals(inspection, { inputs: [{ name: "teacher.jsonl", sha256: endpoint.slice(10), size }] });
  });
});

Deno.test("inspect() names the file and line of a recording that cannot be read", async () => {
  const [header, first, second] = [HEADER, ...ENTRIES].map((line) => JSON.stringify(line)) as [
    string,
    string,
    string,
  ];
  const cases: readonly (readonly [string, number, string])[] = [
    ["", 1, "it is empty"],
    ["{}\n", 1, 'the first line must have "format"'],
    [`${header}\n${first}\n{"key":`, 3, "the line is not JSON"],
    [`${header}\n\n${second.replace("March", "April")}`, 3, "the key does not belong to the request"],
    [`${header}\n${first.replace('"content":"b"', '"content":null')}`, 2, 'sample 1 has no text "content"'],
    [header.replace('"models":["tiny"],', ""), 1, '"models" is not a list of names'],
  ];
  for (const [text, line, reason] of cases) {
    await withFile(text, async (dir) => {
      const config = configOf(replay, { recording: "teacher.jsonl" });
      const error = await assertRejects(() =>
        replay.definition.inspect!(config, {
          step: "teacher",
          files: inputFilesOf(dir),
          env: () => undefined,
        })
      ) as FastDistillError;
      assertEquals(error.code, "provider.recording_unreadable", reason);
      assertEquals(error.location, { file: `${dir}/teacher.jsonl`, line });
      assertStringIncludes(error.message, reason);
    });
  }
});

Deno.test("inspect() says that a recording does not exist", async () => {
  const config = configOf(replay, { recording: "gone.jsonl" });
  const error = await assertRejects(() =>
    replay.definition.inspect!(config, {
      step: "teacher",
      files: inputFilesOf("/nonexistent"),
      env: () => undefined,
    })
  ) as FastDistillError;
  assertEquals(error.code, "data.file_not_found");
  assertStringIncludes(error.message, "/nonexistent/gone.jsonl");
});

Deno.test("config fills in the defaults and refuses what it does not know", () => {
  assertEquals(configOf(replay, { recording: "r.jsonl" }), { recording: "r.jsonl", on_missing: "fail" });
  for (
    const wrong of [{}, { recording: "" }, { recording: "r", on_missing: "skip" }, {
      recording: "r",
      modle: "m",
    }]
  ) {
    assertThrows(() => configOf(replay, wrong), TypeError);
  }
});
