import type { Plan } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import { exitProcess, type FileWatch, flushOutput, runSelf, watchFiles } from "@fastdistill/core/runtime";
import { basename, dirname, join, resolve } from "node:path";
import type { CliIo } from "../cli_io.ts";
import type { Invocation } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { formatCount } from "../render/figures.ts";
import { reportThrown } from "../report_thrown.ts";
import type { PipelineInput } from "./_pipeline_flags.ts";
import { codeOf } from "./_project_code.ts";

/** Where a preview is watched. */
export interface WatchedPreview {
  readonly invocation: Invocation;
  readonly io: CliIo;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
  /** Whether the preview is drawn over what was there. */
  readonly isTerminal: boolean;
}

/** One preview; gives what is printed of it. */
export type Round = (
  options: {
    readonly signal: AbortSignal;
    readonly onInput: (input: PipelineInput) => Promise<void>;
    readonly onPlan: (plan: Plan) => void;
  },
) => Promise<readonly string[]>;

const [BEGIN, END, CLEAR] = ["\x1b[?2026h", "\x1b[?2026l", "\x1b[2J\x1b[3J\x1b[H"];

/**
 * Shows a preview, and again whenever one of its files changes; a preview under way is given up then. What is wrong with the
 * pipeline is shown, and waits for the next change like everything else. Code that was loaded into this process cannot be
 * loaded anew: when it changes, another process goes on.
 *
 * @returns 0 at Ctrl-C while it waits, 130 while a preview is under way
 */
export async function watchPreview(watched: WatchedPreview, round: Round): Promise<ExitCode> {
  const { invocation, signal } = watched;
  using files = watchFiles();
  const layers = namedFiles(invocation);
  files.follow(layers);
  const loaded = new Set<string>();
  const interrupted = new Promise<undefined>((done) =>
    signal.addEventListener("abort", () => done(undefined), { once: true })
  );
  let changed: readonly string[] = [];
  while (true) {
    const next = files.next();
    const giveUp = new AbortController();
    next.then(() => giveUp.abort());
    const either = AbortSignal.any([signal, giveUp.signal]);
    const count = await showRound({ ...watched, files, layers, loaded, changed, either }, round);
    if (signal.aborted) return EXIT_CODES.interrupted;
    if (!giveUp.signal.aborted) say(watched, `Watching ${formatCount(count)} files; Ctrl-C ends`);
    const found = await Promise.race([next, interrupted]);
    if (found === undefined) return EXIT_CODES.done;
    if (found.some((path) => loaded.has(path))) return await goOnAnew(watched);
    changed = found.map((path) => basename(path));
  }
}

/** Set for a process that goes on in the place of another one. */
const SUCCESSOR = "FASTDISTILL_WATCH_SUCCESSOR";
/** With this code such a process asks for the next one. */
const NEXT = 75;

/** Goes on in a process that loads all code anew, and in the next one when that one asks for it. */
async function goOnAnew({ io, signal, ...watched }: WatchedPreview): Promise<ExitCode> {
  if (io.env(SUCCESSOR) !== undefined) {
    await flushOutput();
    exitProcess(NEXT);
  }
  for (;;) {
    const code = await runSelf({ env: { [SUCCESSOR]: "1" }, signal });
    if (code === NEXT && !signal.aborted) continue;
    if (code !== undefined) return code as ExitCode;
    say({ io, signal, ...watched }, "Code of the project has changed; start the preview again to load it");
    return EXIT_CODES.failed;
  }
}

interface ShownRound extends WatchedPreview {
  readonly files: FileWatch;
  readonly layers: readonly string[];
  /** Files of code that this process has loaded; added to. */
  readonly loaded: Set<string>;
  /** What has changed since the last time. */
  readonly changed: readonly string[];
  readonly either: AbortSignal;
}

/** Shows one preview and gives the number of files that are followed from then on. */
async function showRound(shown: ShownRound, round: Round): Promise<number> {
  const { files, layers, loaded, changed, either, io, invocation, isTerminal } = shown;
  const all = new Set(layers);
  const follow = (more: readonly string[]) => {
    for (const path of more) all.add(path);
    files.follow(all);
  };
  try {
    const lines = await round({
      signal: either,
      onInput: async (input) => {
        const code = await codeOf(input, invocation);
        for (const path of code.loaded) loaded.add(path);
        follow([...input.pipeline.layers?.files ?? [], ...code.loaded, ...code.sandboxed]);
      },
      onPlan: (plan) => follow(inputsOf(plan)),
    });
    if (either.aborted) return all.size;
    if (isTerminal) io.stdout.write(`${BEGIN}${CLEAR}${lines.join("\n")}\n${END}`);
    else {
      if (changed.length > 0) say(shown, `Changed: ${changed.join(", ")}`);
      writeLines(io.stdout, lines);
    }
  } catch (thrown) {
    // What was given up for the sake of a change is shown anew at once.
    if (either.aborted) return all.size;
    if (isTerminal) io.stdout.write(CLEAR);
    else if (changed.length > 0) say(shown, `Changed: ${changed.join(", ")}`);
    await reportThrown(thrown, { words: wordsOf(invocation), io });
  }
  return all.size;
}

/** Files that the command line names, which are looked after even when they cannot be read. */
function namedFiles({ argument, values }: Invocation): readonly string[] {
  const [env, overlay] = ["env", "overlay"].map((name) => values.get(name)?.[0]);
  return [
    argument,
    ...(env === undefined ? [] : [join(dirname(argument), "env", `${env}.yaml`)]),
    ...(overlay === undefined ? [] : [overlay]),
  ].map((path) => resolve(path));
}

function inputsOf({ pipeline: { baseDir }, inputs }: Plan): readonly string[] {
  const local = inputs.filter(({ name }) => !/^[a-z][a-z0-9+.-]+:\/\//i.test(name) && name !== "-");
  return local.map(({ name }) => resolve(baseDir, name));
}

function say({ invocation, io }: WatchedPreview, line: string): void {
  const { isJson, isQuiet, errorStyle } = outputOf(invocation, io);
  if (!isJson && !isQuiet) writeLines(io.stderr, [errorStyle.dim(line)]);
}

function wordsOf({ switches }: Invocation): readonly string[] {
  return [...switches].map((name) => `--${name}`);
}
