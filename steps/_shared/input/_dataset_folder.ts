import { FastDistillError, isJsonObject } from "@fastdistill/core/authoring";
import { parseYaml } from "@fastdistill/core/authoring";
import { formatOf } from "../file_format.ts";
import type { InputStore } from "./_input_file.ts";
import { pathPattern } from "./_path_pattern.ts";

const CARD_BYTES_MAX = 4 * 1024 * 1024;
/** Files beside the data that describe it. */
const DESCRIPTIONS = new Set(["dataset_infos.json", "dataset_info.json", "state.json", "package.json"]);
/** A file of the layout that dataset hubs write: `data/train-00000-of-00002.parquet`. */
const SHARD = /^(?:.*\/)?([\w.]+)-\d{5}-of-\d{5}\.[\w.]+$/;
const DEFAULT_CONFIG = "default";

/** Which part of a dataset is read. */
export interface DatasetPart {
  readonly split?: string | undefined;
  readonly config?: string | undefined;
}

/** What a folder holds. */
export interface DatasetFolder {
  /** As the configuration writes it. */
  readonly path: string;
  /** Its files, below the path. */
  readonly names: readonly string[];
  readonly store: InputStore;
}

/**
 * The data files of a folder that holds a dataset: those that its card (`README.md`) names, else those whose name tells
 * of the split, else all.
 *
 * Source: the repository layout of Hugging Face datasets, https://huggingface.co/docs/hub/datasets-data-files-configuration
 *
 * @throws {FastDistillError} `data.file_not_found` for a part that is not there; `config.invalid_value` when there are
 * several splits and none is chosen
 */
export async function datasetFiles(folder: DatasetFolder, part: DatasetPart): Promise<readonly string[]> {
  const prefix = folder.path === "." ? "" : folder.path.replace(/\/*$/, "/");
  const data = folder.names.filter((name) => formatOf(name) !== undefined && !isDescription(name));
  const listed = await listedConfigs(folder, prefix);
  if (listed === undefined) {
    if (part.config === undefined) return filesOfSplit(data, prefix, { folder, split: part.split });
    const inConfig = data.filter((name) => name.startsWith(`${prefix}${part.config}/`));
    if (inConfig.length === 0) throw notThere(folder, "config", part.config, foldersOf(data, prefix));
    return filesOfSplit(inConfig, prefix, { folder, split: part.split });
  }
  return filesOfCard(listed, { folder, prefix, data, part });
}

type SplitFiles = ReadonlyMap<string, readonly string[]>;

interface Choice {
  readonly folder: DatasetFolder;
  readonly split: string | undefined;
}

/** Without a card, the names of files tell of their split. */
function filesOfSplit(data: readonly string[], prefix: string, { folder, split }: Choice): readonly string[] {
  const shards = new Map<string, string[]>();
  for (const name of data) {
    const found = SHARD.exec(name)?.[1];
    if (found !== undefined) shards.set(found, [...shards.get(found) ?? [], name]);
  }
  if (split === undefined) {
    if (shards.size > 1) throw manySplits(folder, [...shards.keys()]);
    return data;
  }
  const named = new RegExp(`(?:^|[/_.-])${split.replace(/[.]/g, "\\.")}(?:[/_.-]|$)`);
  const found = shards.get(split) ?? data.filter((name) => named.test(name.slice(prefix.length)));
  if (found.length === 0) throw notThere(folder, "split", split, [...shards.keys()]);
  return found;
}

interface CardChoice {
  readonly folder: DatasetFolder;
  readonly prefix: string;
  readonly data: readonly string[];
  readonly part: DatasetPart;
}

function filesOfCard(
  configs: ReadonlyMap<string, SplitFiles>,
  { folder, prefix, data, part }: CardChoice,
): readonly string[] {
  const only = configs.size === 1 ? [...configs.keys()][0] : undefined;
  const name = part.config ?? only ?? DEFAULT_CONFIG;
  const splits = configs.get(name);
  if (splits === undefined) throw notThere(folder, "config", name, [...configs.keys()]);
  if (part.split === undefined && splits.size > 1) throw manySplits(folder, [...splits.keys()]);
  const split = part.split ?? [...splits.keys()][0]!;
  const patterns = splits.get(split);
  if (patterns === undefined) throw notThere(folder, "split", split, [...splits.keys()]);
  const meets = patterns.map(pathPattern);
  const found = data.filter((name) => meets.some((pattern) => pattern.test(name.slice(prefix.length))));
  if (found.length > 0) return found;
  throw notThere(folder, "split", split, patterns);
}

/** What `configs:` of a dataset card says: files by split, by configuration; `undefined` where it says nothing. */
async function listedConfigs(
  { names, store }: DatasetFolder,
  prefix: string,
): Promise<ReadonlyMap<string, SplitFiles> | undefined> {
  const card = names.find((name) => name === `${prefix}README.md`);
  if (card === undefined) return undefined;
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of store.readBytes(card, { start: 0, end: CARD_BYTES_MAX })) {
    text += decoder.decode(chunk, { stream: true });
  }
  const [, yaml] = /^---\r?\n([^]*?)\r?\n---/.exec(text) ?? [];
  if (yaml === undefined) return undefined;
  let head: unknown;
  try {
    head = parseYaml(yaml);
  } catch (cause) {
    throw new FastDistillError(
      "data.malformed",
      `Read the head of ${card} as YAML: ${(cause as Error).message}`,
      { cause },
    );
  }
  const configs = isJsonObject(head) && Array.isArray(head.configs) ? head.configs : [];
  const found = configs.flatMap((config: unknown) => {
    if (!isJsonObject(config)) return [];
    const splits = splitFilesOf(config.data_files);
    return splits.size === 0 ? [] : [[String(config.config_name ?? DEFAULT_CONFIG), splits] as const];
  });
  return found.length === 0 ? undefined : new Map(found);
}

function splitFilesOf(files: unknown): SplitFiles {
  if (typeof files === "string") return new Map([["train", [files]]]);
  if (!Array.isArray(files)) return new Map();
  const plain = files.filter((file): file is string => typeof file === "string");
  const bySplit = files.filter(isJsonObject).flatMap(({ split, path }) => {
    const paths = (Array.isArray(path) ? path : [path]).filter((one): one is string =>
      typeof one === "string"
    );
    return typeof split === "string" && paths.length > 0 ? [[split, paths] as const] : [];
  });
  return new Map([...plain.length > 0 ? [["train", plain] as const] : [], ...bySplit]);
}

function isDescription(name: string): boolean {
  return DESCRIPTIONS.has(name.slice(name.lastIndexOf("/") + 1));
}

function foldersOf(names: readonly string[], prefix: string): readonly string[] {
  const folders = names.map((name) => name.slice(prefix.length)).filter((name) => name.includes("/"));
  return [...new Set(folders.map((name) => name.slice(0, name.indexOf("/"))))];
}

function manySplits({ path }: DatasetFolder, splits: readonly string[]): FastDistillError {
  return new FastDistillError(
    "config.invalid_value",
    `Read one split of the dataset in "${path}", found ${splits.length}: ${splits.join(", ")}`,
    { hint: `Choose one: split: ${splits[0]}` },
  );
}

function notThere(
  { path }: DatasetFolder,
  what: "split" | "config",
  name: string,
  known: readonly string[],
): FastDistillError {
  const found = known.length === 0 ? "none" : known.join(", ");
  return new FastDistillError(
    "data.file_not_found",
    `Read the ${what} "${name}" of the dataset in "${path}", found ${found}`,
    {
      hint: `Name a ${what} that is there`,
    },
  );
}
