import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { RunSummary } from "../report/mod.ts";
import type { Findings } from "./_findings.ts";
import { CARD_FILE } from "./dataset_card.ts";
import type { Manifest } from "./manifest.ts";
import { pathInRun, type RunLayout } from "./run_layout.ts";

/** The file whose lock keeps other processes out. It holds nothing. */
const LOCK_FILE = ".lock";

/** What a file manager of macOS leaves in folders that a person looked at. */
const FINDER_FILE = ".DS_Store";

/** What a run folder is held against. */
export interface FolderClaims {
  readonly layout: RunLayout;
  readonly findings: Findings;
  readonly summary: RunSummary;
  /** By the name of their folder. */
  readonly manifests: ReadonlyMap<string, Manifest>;
}

/** Finds files that the run did not leave, and links in place of files; gives back those that a person may have made. */
export async function verifyFolder(claims: FolderClaims): Promise<readonly string[]> {
  const { layout, findings, summary, manifests } = claims;
  const listed = new Set(["run.json", ...summary.files.map(({ path }) => path)]);
  for (const [stage, { parts }] of manifests) {
    listed.add(`stages/${stage}/manifest.json`);
    for (const { path } of parts) listed.add(pathInRun(layout, join(layout.stageDir(stage), path)));
  }
  const stages = new Set(manifests.keys().map((stage) => `stages/${stage}/`));
  const unproven: string[] = [];
  for (const { path, isLink } of await entriesUnder(layout.dir)) {
    const file = pathInRun(layout, path);
    if (isLink) findings.add({ file, problem: "it is a link, not a file" });
    else if (listed.has(file) || path === layout.signatures) continue;
    else if (file === CARD_FILE || basename(file) === FINDER_FILE) unproven.push(file);
    else if (file === LOCK_FILE) {
      findings.compare({
        file,
        problem: "the lock file is not empty",
        expected: 0,
        found: (await stat(path)).size,
      });
    } else addStranger(file, stages, findings);
  }
  return unproven;
}

function addStranger(file: string, stages: ReadonlySet<string>, findings: Findings): void {
  const stage = /^stages\/[^/]+\//.exec(file)?.[0];
  // That a whole stage is not listed was said before.
  if (stage !== undefined && !stages.has(stage)) return;
  const by = stage === undefined ? "run.json" : "the manifest";
  findings.add({ file, problem: `${by} does not list this file` });
}

interface FolderEntry {
  readonly path: string;
  readonly isLink: boolean;
}

async function entriesUnder(folder: string): Promise<readonly FolderEntry[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => ({
    path: join(entry.parentPath, entry.name),
    isLink: entry.isSymbolicLink(),
  })).sort((a, b) => a.path < b.path ? -1 : 1);
}
