/** A whole number with separators: `1,234,567`. Without `Intl`, whose first use takes 10 ms. */
export function formatCount(count: number): string {
  return withSeparators(String(Math.round(count)));
}

/** Commas between the thousands of a number in digits; one with an exponent stays as it is. */
function withSeparators(digits: string): string {
  return digits.includes("e") ? digits : digits.replace(/\B(?<!\.\d*)(?=(?:\d{3})+(?!\d))/g, ",");
}

/** A number in at most six characters: `123456`, `1.23M`. */
export function formatCompact(count: number): string {
  if (count < 1_000_000) return String(Math.round(count));
  const [unit, letter] = count < 1e9 ? [1e6, "M"] : count < 1e12 ? [1e9, "G"] : [1e12, "T"];
  return `${threeDigits(count / Number(unit))}${letter}`;
}

/** US dollars: two decimals from one dollar on, three digits that count below: `1.50`, `0.0213`, `0.0000371`. */
export function formatMoney(usd: number): string {
  if (usd === 0) return "0";
  if (Math.abs(usd) >= 1) {
    return withSeparators(usd.toFixed(2));
  }
  const decimals = Math.min(20, 2 - Math.floor(Math.log10(Math.abs(usd))));
  return usd.toFixed(decimals).replace(/\.?0+$/, "");
}

/** A size: `840 B`, `12.3 KB`, `1.50 GB`; 1 KB is 1000 bytes. */
export function formatBytes(bytes: number): string {
  if (bytes < 999.5) return `${Math.round(bytes)} B`;
  const units = ["KB", "MB", "GB", "TB"];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes * 1.0005) / 3));
  return `${threeDigits(bytes / 1000 ** power)} ${units[power - 1]}`;
}

/** A length of time: `840 ms`, `3.2 s`, `4 min 05 s`, `2 h 03 min`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${formatCount(Math.floor(minutes / 60))} h ${pad(minutes % 60)} min`;
}

/** A part of a whole: `54.6 %`; never `100.0 %` or `0.0 %` unless it is exactly that. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return "-";
  const percent = (part / whole) * 100;
  const shown = percent.toFixed(1);
  if (shown === "100.0" && part < whole) return "99.9 %";
  if (shown === "0.0" && part > 0) return "< 0.1 %";
  return `${shown} %`;
}

/** A measured number with at most four digits that count: `0.9833`, `12`, `1234`. */
export function formatFigure(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** Rows or calls per second: `0.31`, `4.9`, `1234`. */
export function formatRate(count: number, ms: number): string {
  if (ms <= 0) return "-";
  const rate = count / (ms / 1000);
  return rate >= 100 ? formatCompact(rate) : rate >= 10 ? rate.toFixed(1) : rate.toFixed(2);
}

function threeDigits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
