import type { BudgetUse } from "@fastdistill/core";
import { showControls } from "./cells.ts";
import { formatCount, formatMoney, formatShare } from "./figures.ts";

/** How far a limit is used, such as `run: 0.81 of 1.00 USD (81.0 %)`. */
export function renderBudgetUse({ scope, name, of, spent, limit }: BudgetUse): string {
  const figure = (value: number) => of === "usd" ? formatMoney(value) : formatCount(Math.round(value));
  const whose = name === null ? scope : `${scope} ${showControls(name)}`;
  const unit = of === "usd" ? "USD" : of;
  const share = limit === 0 ? "" : ` (${formatShare(spent, limit)})`;
  return `${whose}: ${figure(spent)} of ${figure(limit)} ${unit}${share}`;
}
