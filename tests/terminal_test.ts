import { assert, assertEquals, assertMatch } from "@std/assert";
import { withFiles } from "./_cli.ts";
import { hasPseudoTerminal, WITH_PTY } from "./_pseudo_terminal.ts";
import { type Screen, showOnScreen } from "./_screen.ts";
import { completion, type Script, startOpenAIServer } from "./_servers/openai_server.ts";

const CLI = new URL("../cli.ts", import.meta.url).pathname;
const FRAME_END = "\x1b[?2026l";
const ROWS = 24;
// Deno clears the line of its own display of downloads before a program starts.
// deno-lint-ignore no-control-regex -- escape codes are what is meant
const START_OF_DENO = /^(?:\x1b\[\d?[GKJ])*/;

const questions = Array.from({ length: 12 }, (_, n) => JSON.stringify({ n, question: `Question ${n}.` }));

const pipelineFor = (baseUrl: string) =>
  `version: 1
name: shown
providers:
  teacher:
    use: openai_compatible
    with: { base_url: "${baseUrl}", model: double, api_key_env: "" }
    limits: { concurrency: 4, adaptive: false }
    price: { input: 1000, output: 2000 }
steps:
  read: { use: read_jsonl, with: { path: questions.jsonl } }
  teach: { use: text_generation, provider: teacher, with: { template: "{{ question }}", max_tokens: 5 } }
  check_answers: { use: format_rules, with: { min_words: 2, must_match: ["end$"], action: reject } }
  write: { use: write_jsonl, with: { path: rows.jsonl } }
budget: { usd: 5 }
`;

/** Answers the first six questions at once, two of them badly and one not at all, and the others once it is told to. */
function holdingDouble(): { readonly script: Script; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const script: Script = ({ text }) => {
    const n = Number(/Question (\d+)/.exec(text)![1]);
    if (n === 5) return { status: 400, body: { error: { message: "refused", type: "test_double" } } };
    const answer = n === 1 ? "short" : n === 3 ? "no ending here" : "a good end";
    return n < 6 ? completion([answer]) : { ...completion([answer]), after: promise };
  };
  return { script, release: resolve };
}

interface Watched {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly output: "stdout" | "stderr";
  /** Whether enough was seen of the run: then the held answers come. */
  readonly isSeen: (text: string) => boolean;
}

/** Runs the pipeline with answers that are held until enough was seen; gives all that was written to the one output. */
async function watch(
  { env, output, isSeen }: Omit<Watched, "command">,
  commandOf: (line: readonly string[]) => readonly string[],
): Promise<string> {
  const { script, release } = holdingDouble();
  await using server = await startOpenAIServer(script);
  let text = "";
  const files = { "pipeline.yaml": pipelineFor(server.baseUrl), "questions.jsonl": questions.join("\n") };
  await withFiles(files, async (folder) => {
    const [program, ...args] = commandOf([
      Deno.execPath(),
      "run",
      "-A",
      "--no-check",
      CLI,
      "run",
      "pipeline.yaml",
    ]);
    const child = new Deno.Command(program!, {
      args,
      cwd: folder,
      env: { TERM: "xterm", LC_ALL: "", NO_COLOR: "", DENO_NO_UPDATE_CHECK: "1", ...env },
      stdin: "null",
      stdout: output === "stdout" ? "piped" : "null",
      stderr: output === "stderr" ? "piped" : "null",
    }).spawn();
    for await (const chunk of child[output].pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (isSeen(text)) release();
    }
    const { code } = await child.status;
    assertEquals(code, 0, text);
    assert(isSeen(text), `the run ended before it was seen as it should be:\n${text}`);
  });
  return text;
}

function screenUntilLastFrame(text: string, columns: number): Screen {
  return showOnScreen(text.slice(0, text.lastIndexOf(FRAME_END) + FRAME_END.length), { columns, rows: ROWS });
}

/** The frame in which all that can be answered was answered. */
const isHeld = (lines: readonly string[]) =>
  lines.some((line) => /^teach .* 50 % +12 +5 +6 +0 +1 /.test(line));

/** Times and rates become `#`, at the width that they have. */
function masked(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) =>
    index === 0
      ? line.replace(/^\d+ s/, "# s").replace(/, ~\d+ s left/, "").replace(/[\d.]+ rows\/s/, "# rows/s")
        .replace(/-[0-9a-f]{12}$/, "-#")
      : line.replace(/^(read|teach|check|write)(.*?) +[\d.]+(?: +\d+ s)?$/, "$1$2 #")
  );
}

async function checkTerminal(
  columns: number,
  env: Readonly<Record<string, string>>,
  golden: { readonly held: readonly string[]; readonly last: readonly string[] },
): Promise<void> {
  const isSeen = (text: string) =>
    text.includes(FRAME_END) && screenUntilLastFrame(text, columns).frames.some(({ lines }) => isHeld(lines));
  const text = await watch({ env, output: "stdout", isSeen }, (line) => [
    "script",
    "-qec",
    `stty cols ${columns} rows ${ROWS} && exec ${line.map((word) => `'${word}'`).join(" ")}`,
    "/dev/null",
  ]);
  const { frames, between } = screenUntilLastFrame(text, columns);
  assertEquals(between.replace(START_OF_DENO, ""), "", "something was written outside of frames");
  for (const { lines, wraps, scrolls, isCursorVisible } of frames) {
    assertEquals([wraps, scrolls, isCursorVisible], [0, 0, true], lines.join("\n"));
    assertMatch(lines[0]!, /^\d+ s {2}.*spent /);
    assertMatch(lines[1]!, /^step +(?:use +)?done /);
    const begins = lines.map((line) => line.split(" ")[0]);
    assertEquals(new Set(begins).size, lines.length, `drawn twice:\n${lines.join("\n")}`);
  }
  assertEquals(masked(frames.find(({ lines }) => isHeld(lines))!.lines), golden.held);
  assertEquals(masked(frames.at(-1)!.lines), golden.last);
  const end = showOnScreen(text, { columns, rows: ROWS });
  assert(end.isCursorVisible);
  assert(end.lines.some((line) => line.includes("shown-")));
}

Deno.test({
  name: `run draws whole frames in a terminal of 80 columns that has block characters${WITH_PTY}`,
  ignore: !hasPseudoTerminal,
  fn: () =>
    checkTerminal(80, { LANG: "C.UTF-8", NO_COLOR: "1" }, {
      held: [
        "# s  50 %  spent 0.1 of 5.00 USD  # rows/s  5 effects, 0 reused",
        "step           done               in  out  busy  rejected  failed  rows/s  left",
        "read           ██████████  100 %  12   12     0         0       0 #",
        "teach          █████░░░░░   50 %  12    5     6         0       1 #",
        "check_answers  █████░░░░░   50 %   5    3     0         2       0 #",
        "write          █████░░░░░   50 %   3    3     0         0       0 #",
        "failed: provider.bad_request 1",
        "rejected: pattern_mismatch 2",
        "teacher: 4 of 4 calls in flight, 2 wait",
      ],
      last: [
        "# s  100 %  spent 0.22 of 5.00 USD  # rows/s  11 effects, 0 reused",
        "step           done               in  out  busy  rejected  failed  rows/s  left",
        "read           ██████████  100 %  12   12     0         0       0    done",
        "teach          ██████████  100 %  12   11     0         0       1    done",
        "check_answers  ██████████  100 %  11    9     0         2       0    done",
        "write          ██████████  100 %   9    9     0         0       0    done",
        "failed: provider.bad_request 1",
        "rejected: pattern_mismatch 2",
        "teacher: 0 of 4 calls in flight",
      ],
    }),
});

Deno.test({
  name: `run draws whole frames in a terminal of 200 columns that has colours and ASCII${WITH_PTY}`,
  ignore: !hasPseudoTerminal,
  fn: () =>
    checkTerminal(200, { LANG: "C" }, {
      held: [
        "# s  50 %  spent 0.1 of 5.00 USD  # rows/s  5 effects, 0 reused  shown-#",
        "step           use              done                             in  out  busy  rejected  failed  effects  reused  rows/s  left",
        "read           read_jsonl       ########################  100 %  12   12     0         0       0        0       0 #",
        "teach          text_generation  ############------------   50 %  12    5     6         0       1        5       0 #",
        "check_answers  format_rules     ############------------   50 %   5    3     0         2       0        0       0 #",
        "write          write_jsonl      ############------------   50 %   3    3     0         0       0        0       0 #",
        "failed: provider.bad_request 1",
        "rejected: pattern_mismatch 2",
        "teacher: 4 of 4 calls in flight, 2 wait",
      ],
      last: [
        "# s  100 %  spent 0.22 of 5.00 USD  # rows/s  11 effects, 0 reused  shown-#",
        "step           use              done                             in  out  busy  rejected  failed  effects  reused  rows/s  left",
        "read           read_jsonl       ########################  100 %  12   12     0         0       0        0       0    done",
        "teach          text_generation  ########################  100 %  12   11     0         0       1       11       0    done",
        "check_answers  format_rules     ########################  100 %  11    9     0         2       0        0       0    done",
        "write          write_jsonl      ########################  100 %   9    9     0         0       0        0       0    done",
        "failed: provider.bad_request 1",
        "rejected: pattern_mismatch 2",
        "teacher: 0 of 4 calls in flight",
      ],
    }),
});

Deno.test("run writes plain lines and no escape codes where there is no terminal", async () => {
  const isSeen = (text: string) => text.includes("rows in flight");
  const text = await watch({ env: { LANG: "C.UTF-8" }, output: "stderr", isSeen }, (line) => line);
  assert(!text.includes("\x1b") && !text.includes("\r"));
  const lines = text.trimEnd().split("\n").map((line) =>
    line.replace(/^\d+\.\d s/, "# s").replace(/, ~\d+ s left/, "").replace(/[\d.]+ rows\/s/, "# rows/s")
  );
  assertEquals(lines, [
    "# s  50 %, 0 of 4 steps done, 6 rows in flight, # rows/s, 2 rejected (pattern_mismatch 2), 1 failed (provider.bad_request 1), effects 5 performed, 0 reused, spent 0.1 of 5.00 USD, teacher: 4 of 4 calls in flight, 2 wait",
    "read: 12 in, 12 out, 0 rejected, 0 failed",
    "teach: 12 in, 11 out, 0 rejected, 1 failed",
    "check_answers: 11 in, 9 out, 2 rejected, 0 failed",
    "write: 9 in, 9 out, 0 rejected, 0 failed",
  ]);
});
