import { assertEquals } from "@std/assert";
import {
  formatBytes,
  formatCompact,
  formatCount,
  formatDuration,
  formatFigure,
  formatMoney,
  formatRate,
  formatShare,
} from "./figures.ts";

Deno.test("formatCount() separates thousands", () => {
  assertEquals([0, 999, 1234567].map(formatCount), ["0", "999", "1,234,567"]);
});

Deno.test("formatCompact() stays within six characters", () => {
  const counts = [0, 999_999, 1_234_567, 99_999_999, 123_456_789, 1.5e9, 2e13];
  assertEquals(counts.map(formatCompact), ["0", "999999", "1.23M", "100.0M", "123M", "1.50G", "20.0T"]);
});

Deno.test("formatMoney() keeps three digits below a dollar and cents above", () => {
  const amounts = [0, 0.0000371, 0.02134, 0.5, 0.99999, 1, 1234.567];
  assertEquals(amounts.map(formatMoney), ["0", "0.0000371", "0.0213", "0.5", "1", "1.00", "1,234.57"]);
});

Deno.test("formatDuration() never shows sixty of anything", () => {
  const times = [0, 840, 999.6, 3200, 59_940, 59_990, 245_000, 3_599_900, 7_380_000];
  assertEquals(times.map(formatDuration), [
    "0 ms",
    "840 ms",
    "1.0 s",
    "3.2 s",
    "59.9 s",
    "1 min 00 s",
    "4 min 05 s",
    "1 h 00 min",
    "2 h 03 min",
  ]);
});

Deno.test("formatShare() says all and none only when it is so", () => {
  assertEquals([formatShare(131, 240), formatShare(0, 0), formatShare(99_999, 100_000)], [
    "54.6 %",
    "-",
    "99.9 %",
  ]);
  assertEquals([formatShare(1, 100_000), formatShare(0, 5), formatShare(5, 5)], [
    "< 0.1 %",
    "0.0 %",
    "100.0 %",
  ]);
});

Deno.test("formatFigure() and formatRate() keep what counts", () => {
  assertEquals([0.98333333, 12, 1234.5678].map(formatFigure), ["0.9833", "12", "1235"]);
  assertEquals([formatRate(5, 0), formatRate(1, 3000), formatRate(50, 1000), formatRate(5000, 1000)], [
    "-",
    "0.33",
    "50.0",
    "5000",
  ]);
});

Deno.test("formatBytes() keeps three digits", () => {
  const shown = [0, 999, 1000, 12_340, 999_600, 1_500_000_000].map(formatBytes);
  assertEquals(shown, ["0 B", "999 B", "1.00 KB", "12.3 KB", "1.00 MB", "1.50 GB"]);
});
