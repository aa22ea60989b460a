import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describeThrown, FastDistillError, redactText } from "../errors/mod.ts";
import type { RunFile } from "../report/mod.ts";
import { fingerprintFile, pathExists, readTextFile } from "../runtime/mod.ts";
import { type CardOptions, DIGEST_CHARS } from "./_card_facts.ts";
import { CARD_FILE, writeDatasetCard } from "./dataset_card.ts";
import { readRunJson } from "./run_json.ts";
import { verifyRun } from "./verify.ts";

type Hub = typeof import("@huggingface/hub");

/** Repositories are named by their owner and themselves. */
const REPOSITORY = /^[\w][\w.-]{0,95}\/[\w][\w.-]{0,95}$/;
const PATHS_AT_ONCE = 100;
const BRANCH = "main";

/** Where a run's exports go. */
export interface PushOptions {
  /** `owner/name` of the dataset; made where there is none. */
  readonly repo: string;
  /** Access token of the hub, as its library wants it; not needed for a dry run. */
  readonly token?: string | undefined;
  /** Whether a dataset that is made now is private. @default {false} */
  readonly isPrivate?: boolean;
  /** Whether nothing is sent: the card is written, and the files are listed. @default {false} */
  readonly isDryRun?: boolean;
  /** Whether to push a run that is partial or did not end as `done`. @default {false} */
  readonly isForced?: boolean;
  /** Address of the hub. @default {the library's own, https://huggingface.co} */
  readonly endpoint?: string | undefined;
  /** What the card says. @default {the card that is there, where it is of these files} */
  readonly card?: CardOptions | undefined;
  /** Gives the push up. */
  readonly signal?: AbortSignal;
}

/** A file of a dataset on a hub. */
export interface PushedFile {
  /** In the repository, which has the folders of the run. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of the file's bytes. */
  readonly sha256: string;
  /** Whether it was sent now, was there already, or would be sent. */
  readonly state: "sent" | "unchanged" | "planned";
}

/** What a push came to. */
export interface PushReport {
  /** Name of the dataset. */
  readonly repo: string;
  /** Card, exports, quality report and manifests. */
  readonly files: readonly PushedFile[];
  /** Id of the commit; `null` when nothing had to be sent. */
  readonly commit: string | null;
}

/**
 * Puts the exports of a verified run on a dataset hub, with card, quality report and manifests, in one commit. Files that
 * are there already are not sent again, and large files that an interrupted push had sent are not either, so that a push
 * goes on where it stopped. Needs the package `@huggingface/hub`.
 *
 * @throws {FastDistillError} `config.usage`, `data.digest_mismatch`, `data.push_failed`, `registry.load_failed`
 */
export async function pushRun(runDir: string, options: PushOptions): Promise<PushReport> {
  checkName(options.repo);
  await checkRun(runDir, options);
  if (options.card !== undefined || !await hasCard(runDir)) await writeDatasetCard(runDir, options.card);
  const files = await filesOf(runDir);
  if (options.isDryRun) {
    return {
      repo: options.repo,
      files: files.map((file) => ({ ...file, state: "planned" as const })),
      commit: null,
    };
  }
  if (options.token === undefined) {
    throw new FastDistillError("config.missing_env", "Push to a dataset hub, found no access token", {
      hint: "Set HF_TOKEN to a token that may write, or try with a dry run",
    });
  }
  const hub = await loadHub();
  try {
    return await pushFiles(hub, { runDir, files, options, token: options.token });
  } catch (cause) {
    throw pushFailed(cause, options);
  }
}

function checkName(repo: string): void {
  if (REPOSITORY.test(repo)) return;
  throw new FastDistillError("config.usage", `Push to a dataset named owner/name, found "${repo}"`, {
    hint: "Name it as in --repo acme/questions",
  });
}

/** What is published has to be what the run wrote, and whole. */
async function checkRun(runDir: string, { isForced = false }: PushOptions): Promise<void> {
  const { status, partial } = await readRunJson(runDir);
  if ((status !== "done" || partial) && !isForced) {
    const found = status === "done" ? "a part of it" : `one that ended as ${status}`;
    throw new FastDistillError("config.usage", `Push a whole run, found ${found}`, {
      hint: "Run it to its end, or push it nevertheless with --force",
    });
  }
  const { problems } = await verifyRun(runDir);
  if (problems.length === 0) return;
  const { file, problem } = problems[0]!;
  throw new FastDistillError("data.digest_mismatch", `Push a run as it was left, found ${file}: ${problem}`, {
    hint: "Run the pipeline again; fastdistill verify lists every difference",
  });
}

/** Whether a card is there that names every exported file by its digest: it may hold a licence, and a person's own words. */
async function hasCard(runDir: string): Promise<boolean> {
  const path = join(runDir, CARD_FILE);
  if (!await pathExists(path)) return false;
  const [text, { files }] = await Promise.all([readTextFile(path), readRunJson(runDir)]);
  return files.every(({ role, sha256 }) =>
    role !== "export" || text.includes((sha256 ?? "").slice(0, DIGEST_CHARS))
  );
}

type LocalFile = Omit<PushedFile, "state">;

async function filesOf(runDir: string): Promise<readonly LocalFile[]> {
  const { files } = await readRunJson(runDir);
  const isWanted = ({ role, name, path }: RunFile) =>
    (role === "export" && path.startsWith("exports/")) || role === "stage" ||
    (role === "report" && name === "quality");
  const paths = [CARD_FILE, ...files.filter(isWanted).map(({ path }) => path)];
  const local: LocalFile[] = [];
  for (const path of paths) local.push({ path, ...await fingerprintFile(join(runDir, path)) });
  return local;
}

async function loadHub(): Promise<Hub> {
  try {
    return await import("@huggingface/hub");
  } catch (cause) {
    throw new FastDistillError(
      "registry.load_failed",
      "Push to a dataset hub needs the package @huggingface/hub",
      {
        cause,
        hint: "Add it: npm install @huggingface/hub, or deno add npm:@huggingface/hub",
      },
    );
  }
}

interface Push {
  readonly runDir: string;
  readonly files: readonly LocalFile[];
  readonly options: PushOptions;
  readonly token: string;
}

async function pushFiles(hub: Hub, { runDir, files, options, token }: Push): Promise<PushReport> {
  const repo = { type: "dataset", name: options.repo } as const;
  const access = {
    repo,
    accessToken: token,
    ...(options.endpoint === undefined ? {} : { hubUrl: options.endpoint.replace(/\/+$/, "") }),
  };
  if (!await hub.repoExists(access)) {
    await hub.createRepo({ ...access, visibility: options.isPrivate ? "private" : "public" });
  }
  const there = await remoteDigests(hub, access, files.map(({ path }) => path));
  const settled: PushedFile[] = [];
  for (const file of files) {
    const isThere = await isUnchanged(join(runDir, file.path), file, there.get(file.path));
    settled.push({ ...file, state: isThere ? "unchanged" : "sent" });
  }
  const sent = settled.filter(({ state }) => state === "sent");
  if (sent.length === 0) return { repo: options.repo, files: settled, commit: null };
  options.signal?.throwIfAborted();
  const done = await hub.commit({
    ...access,
    branch: BRANCH,
    title: `Add ${(await readRunJson(runDir)).run_id}`,
    operations: sent.map(({ path }) => ({
      operation: "addOrUpdate",
      path,
      content: pathToFileURL(join(runDir, path)),
    })),
    ...(options.signal === undefined ? {} : { abortSignal: options.signal }),
  });
  return { repo: options.repo, files: settled, commit: done?.commit.oid ?? null };
}

/** What a hub says of a file: the SHA-256 of a large one, the id that git gives to a small one. */
interface RemoteDigest {
  readonly oid?: string | undefined;
  readonly sha256?: string | undefined;
}

async function remoteDigests(
  hub: Hub,
  access: Parameters<Hub["pathsInfo"]>[0] extends infer P ? Omit<P & object, "paths"> : never,
  paths: readonly string[],
): Promise<ReadonlyMap<string, RemoteDigest>> {
  const found = new Map<string, RemoteDigest>();
  for (let start = 0; start < paths.length; start += PATHS_AT_ONCE) {
    const some = paths.slice(start, start + PATHS_AT_ONCE);
    const infos = await hub.pathsInfo(
      { ...access, paths: some, revision: BRANCH } as Parameters<Hub["pathsInfo"]>[0],
    );
    for (const { path, oid, lfs } of infos) found.set(path, { oid, sha256: lfs?.oid });
  }
  return found;
}

async function isUnchanged(
  path: string,
  file: LocalFile,
  remote: RemoteDigest | undefined,
): Promise<boolean> {
  if (remote === undefined) return false;
  if (remote.sha256 !== undefined) return remote.sha256 === file.sha256;
  return remote.oid === await gitBlobId(path);
}

/** The id that git gives to a file: SHA-1 over a header and the bytes. Nothing here depends on its strength. */
async function gitBlobId(path: string): Promise<string> {
  const hasher = createHash("sha1").update(`blob ${(await stat(path)).size}\0`);
  for await (const chunk of createReadStream(path)) hasher.update(chunk as Uint8Array);
  return hasher.digest("hex");
}

/** The hub's message, without anything that is secret. */
function pushFailed(cause: unknown, { repo, token = "" }: PushOptions): FastDistillError {
  const text = redactText(describeThrown(cause));
  const message = token === "" ? text : text.replaceAll(token, "[redacted]");
  const status = (cause as { readonly statusCode?: unknown } | null)?.statusCode;
  const isRefused = status === 401 || status === 403;
  return new FastDistillError("data.push_failed", `Cannot push to ${repo}: ${message}`, {
    hint: isRefused
      ? "Check that HF_TOKEN may write to this dataset"
      : "Push again: what is there already is not sent twice",
    context: { repo, ...(typeof status === "number" ? { status } : {}) },
  });
}
