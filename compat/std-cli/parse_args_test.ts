import { assertEquals, assertThrows } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { parseArgs as localParseArgs } from "./parse_args.ts";

Deno.test("parseArgs() guesses the kind of an option that is not declared", () => {
  assertEquals(parseArgs(["a", "--n", "3", "--flag", "--t=x y", "-vq", "7"]), {
    _: ["a"],
    n: 3,
    flag: true,
    t: "x y",
    v: true,
    q: 7,
  });
});

Deno.test("parseArgs() keeps the last value unless the option is collected", () => {
  const args = parseArgs(["--x", "1", "--x", "2", "--set", "a=1", "--set", "b=2"], {
    string: ["set", "more", "x"],
    collect: ["set", "more"],
  });
  assertEquals(args, { _: [], x: "2", set: ["a=1", "b=2"], more: [] });
  const typed: { set: string[]; x?: string } = args;
  assertEquals(typed.set.length, 2);
});

Deno.test("parseArgs() negates only what is negatable", () => {
  const options = { boolean: ["color", "cache"], negatable: ["color"], default: { color: true } } as const;
  assertEquals(parseArgs(["--no-color", "--no-cache"], options), {
    _: [],
    color: false,
    cache: false,
    "no-cache": true,
  });
  assertEquals(parseArgs([], options), { _: [], color: true, cache: false });
  assertEquals(parseArgs(["--no-input"], { boolean: ["no-input"] }), { _: [], "no-input": true });
});

Deno.test("parseArgs() gives an alias the same value", () => {
  const args = parseArgs(["-h", "-o", "f"], {
    boolean: ["help"],
    string: ["out"],
    alias: { help: "h", out: ["o"] },
  });
  assertEquals(args, { _: [], h: true, help: true, o: "f", out: "f" });
  const typed: { help: boolean; h: boolean; o?: string } = args;
  assertEquals(typed.h, true);
});

Deno.test("parseArgs() applies defaults to what is absent", () => {
  const args = parseArgs(["--a", "1"], { string: ["a", "b"], default: { a: "x", b: "y", list: [1, 2] } });
  assertEquals(args, { _: [], a: "1", b: "y", list: [1, 2] });
});

Deno.test("parseArgs() reports what is unknown, with its key", () => {
  const seen: unknown[] = [];
  parseArgs(["run", "--json", "--jsn", "--no-jsn", "--set", "a"], {
    boolean: ["json"],
    collect: ["set"],
    unknown: (arg, key) => {
      seen.push([arg, key]);
      return false;
    },
  });
  assertEquals(seen, [["run", undefined], ["--jsn", "jsn"], ["--no-jsn", "no-jsn"]]);
});

Deno.test("parseArgs() leaves what follows a double dash alone", () => {
  assertEquals(parseArgs(["--a", "--", "--b", "--no-c"]), { _: ["--b", "--no-c"], a: true });
  assertEquals(parseArgs(["x", "--", "--b"], { "--": true }), { _: ["x"], "--": ["--b"] });
  assertEquals(parseArgs(["--a", "x", "--b"], { boolean: ["a"], stopEarly: true }), {
    _: ["x", "--b"],
    a: true,
  });
});

Deno.test("parseArgs() keeps text that looks like a number in a string option", () => {
  assertEquals<unknown>(parseArgs(["--id", "007", "12"], { string: ["id", "_"] }), { _: ["12"], id: "007" });
});

Deno.test("parseArgs() of the stand-in refuses to collect a boolean", () => {
  assertThrows(
    () => localParseArgs([], { boolean: ["v"], collect: ["v"] }),
    TypeError,
    "collects no boolean option: v",
  );
});
