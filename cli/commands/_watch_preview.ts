import type { Plan } from "@fastdistill/core";
import { EXIT_CODES, type ExitCode } from "@fastdistill/core/errors";
import { type FileWatch, watchFiles } from "@fastdistill/core/runtime";
import { basename, dirname, join, resolve } from "node:path";
import type { CliIo } from "../cli_io.ts";
import type { Invocation } from "../command.ts";
import { outputOf, writeLines } from "../output.ts";
import { formatCount } from "../render/figures.ts";
import { reportThrown } from "../report_thrown.ts";

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
  options: { readonly signal: AbortSignal; readonly onPlan: (plan: Plan) => void },
) => Promise<readonly string[]>;

const [BEGIN, END, CLEAR] = ["\x1b[?2026h", "\x1b[?2026l", "\x1b[2J\x1b[3J\x1b[H"];

/**
 * Shows a preview, and again whenever one of its files changes; a preview under way is given up then. What is wrong with the
 * pipeline is shown, and waits for the next change like everything else.
 *
 * @returns 0 at Ctrl-C while it waits, 130 while a preview is under way
 */
export async function watchPreview(watched: WatchedPreview, round: Round): Promise<ExitCode> {
  const { invocation, signal } = watched;
  using files = watchFiles();
  const layers = namedFiles(invocation);
  files.follow(layers);
  const interrupted = new Promise<undefined>((done) =>
    signal.addEventListener("abort", () => done(undefined), { once: true })
  );
  let changed: readonly string[] = [];
  while (true) {
    const next = files.next();
    const giveUp = new AbortController();
    next.then(() => giveUp.abort());
    const either = AbortSignal.any([signal, giveUp.signal]);
    const count = await showRound({ ...watched, files, layers, changed, either }, round);
    if (signal.aborted) return EXIT_CODES.interrupted;
    if (!giveUp.signal.aborted) say(watched, `Watching ${formatCount(count)} files; Ctrl-C ends`);
    const found = await Promise.race([next, interrupted]);
    if (found === undefined) return EXIT_CODES.done;
    changed = found.map((path) => basename(path));
  }
}

interface ShownRound extends WatchedPreview {
  readonly files: FileWatch;
  readonly layers: readonly string[];
  /** What has changed since the last time. */
  readonly changed: readonly string[];
  readonly either: AbortSignal;
}

/** Shows one preview and gives the number of files that are followed from then on. */
async function showRound(shown: ShownRound, round: Round): Promise<number> {
  const { files, layers, changed, either, io, invocation, isTerminal } = shown;
  let count = layers.length;
  try {
    const lines = await round({
      signal: either,
      onPlan: (plan) => {
        const all = new Set([...layers, ...filesOf(plan)]);
        count = all.size;
        files.follow(all);
      },
    });
    if (either.aborted) return count;
    if (isTerminal) io.stdout.write(`${BEGIN}${CLEAR}${lines.join("\n")}\n${END}`);
    else {
      if (changed.length > 0) say(shown, `Changed: ${changed.join(", ")}`);
      writeLines(io.stdout, lines);
    }
  } catch (thrown) {
    // What was given up for the sake of a change is shown anew at once.
    if (either.aborted) return count;
    if (isTerminal) io.stdout.write(CLEAR);
    else if (changed.length > 0) say(shown, `Changed: ${changed.join(", ")}`);
    await reportThrown(thrown, { words: wordsOf(invocation), io });
  }
  return count;
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

function filesOf({ pipeline: { layers, baseDir }, inputs }: Plan): readonly string[] {
  const local = inputs.filter(({ name }) => !/^[a-z][a-z0-9+.-]+:\/\//i.test(name) && name !== "-");
  return [...layers?.files ?? [], ...local.map(({ name }) => resolve(baseDir, name))];
}

function say({ invocation, io }: WatchedPreview, line: string): void {
  const { isJson, isQuiet, errorStyle } = outputOf(invocation, io);
  if (!isJson && !isQuiet) writeLines(io.stderr, [errorStyle.dim(line)]);
}

function wordsOf({ switches }: Invocation): readonly string[] {
  return [...switches].map((name) => `--${name}`);
}
