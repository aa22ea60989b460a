import type { Check } from "../commands/_examine.ts";
import { showControls } from "./cells.ts";
import type { Style } from "./style.ts";

/** One line for each check, hints under those that failed. */
export function renderChecks(
  checks: readonly Check[],
  { style }: { readonly style: Style; readonly width: number },
): readonly string[] {
  const width = Math.max(...checks.map(({ what }) => what.length));
  const marks = { ok: style.green("ok"), failed: style.red("FAILED"), unknown: style.yellow("?") };
  const pads = { ok: 2, failed: 6, unknown: 1 };
  return checks.flatMap(({ what, state, detail, hint }) => {
    const mark = marks[state] + " ".repeat(6 - pads[state]);
    const line = `${what.padEnd(width)}  ${mark}  ${showControls(detail)}`;
    return hint === undefined
      ? [line]
      : [line, `${" ".repeat(width + 10)}${style.dim(`hint: ${showControls(hint)}`)}`];
  });
}
