import type { GateReport } from "@fastdistill/core";
import type { SourceLocation } from "@fastdistill/core/errors";
import { shownPath } from "./shown_path.ts";

/** What annotations are made with. */
export interface AnnotationsView {
  /** Where the gate at an index stands in a file of the user. */
  readonly locate?: (index: number) => SourceLocation | undefined;
  /** Files inside of it are named relative to it, as GitHub wants them. @default {""} */
  readonly currentDirectory?: string;
}

/**
 * The gates that do not hold, as commands of a GitHub Actions workflow: `::error` for those that fail, `::warning` for those
 * that only warn.
 *
 * Source: GitHub documentation, workflow commands for GitHub Actions.
 */
export function renderAnnotations(
  { gates }: GateReport,
  { locate = () => undefined, currentDirectory = "" }: AnnotationsView = {},
): readonly string[] {
  return gates.flatMap(({ passed, severity, metric, stage, message }, index) => {
    if (passed) return [];
    const { file, line, column } = locate(index) ?? {};
    const properties = {
      ...(file === undefined ? {} : { file: shownPath(file, currentDirectory) }),
      ...(line === undefined ? {} : { line: String(line) }),
      ...(column === undefined ? {} : { col: String(column) }),
      title: `${metric} of ${stage}`,
    };
    const listed = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
    return [`::${severity === "warn" ? "warning" : "error"} ${listed.join(",")}::${escapeData(message)}`];
  });
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
