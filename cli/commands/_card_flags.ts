import type { CardOptions } from "@fastdistill/core";
import type { Flag, Invocation } from "../command.ts";

/** Flags of the commands that write a dataset card. */
export const CARD_FLAGS: readonly Flag[] = [
  { name: "title", value: "TEXT", summary: "Headline (default: the name of the pipeline)" },
  { name: "license", value: "ID", summary: "Licence, such as apache-2.0, cc-by-4.0 or other" },
  { name: "license-name", value: "TEXT", summary: "Name of a licence that is other" },
  { name: "license-link", value: "URL", summary: "Where the licence can be read" },
  { name: "language", value: "CODE", isRepeatable: true, summary: "Language of the texts, such as en" },
  { name: "tag", value: "TAG", isRepeatable: true, summary: "Another tag" },
  { name: "task", value: "TASK", isRepeatable: true, summary: "Use, such as text-generation" },
];

/** What the flags say of the card. */
export function cardOptionsOf({ values }: Invocation): CardOptions {
  const one = (flag: string, key: keyof CardOptions) => {
    const value = values.get(flag)?.[0];
    return value === undefined ? {} : { [key]: value };
  };
  return {
    ...one("title", "title"),
    ...one("license", "license"),
    ...one("license-name", "licenseName"),
    ...one("license-link", "licenseLink"),
    languages: values.get("language") ?? [],
    tags: values.get("tag") ?? [],
    tasks: values.get("task") ?? [],
  };
}
