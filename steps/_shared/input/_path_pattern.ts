/** What meets a pattern of paths that knows `**`, `*`, `?`, `[...]` and `{a,b}`. */
export function pathPattern(pattern: string): RegExp {
  const parts = /\*\*\/|\*\*|\*|\?|\[[^\]/]*\]|\{[^{}]*\}|[.+^${}()|\\[\]]/g;
  const source = pattern.replace(/^\.\//, "").replace(parts, (part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.length === 1) return `\\${part}`;
    if (part.startsWith("[")) return part.replace(/^\[!/, "[^");
    const choices = part.slice(1, -1).split(",").map((choice) => pathPattern(choice).source.slice(1, -1));
    return `(?:${choices.join("|")})`;
  });
  return new RegExp(`^${source}$`);
}
