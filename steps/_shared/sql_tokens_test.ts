import { assertEquals } from "@std/assert";
import { sqlStatements, sqlTokens } from "./sql_tokens.ts";

function kinds(sql: string): readonly string[] {
  return [...sqlTokens(sql)].map(({ kind, text }) => `${kind} ${text}`);
}

function statements(sql: string): readonly string[] {
  return [...sqlStatements(sql)].map(({ text }) => text);
}

Deno.test("sqlTokens() knows literals, names, comments and parameters", () => {
  assertEquals(
    kinds(`select 'it''s; --', "a;b", [c;d], \`e;f\`, x'00', 1.5e-3, 0x1F, .5, ?1, :a, @b -- ;\n/* ; */ ;`),
    [
      "word SELECT",
      "string 'it''s; --'",
      "symbol ,",
      'name "a;b"',
      "symbol ,",
      "name [c;d]",
      "symbol ,",
      "name `e;f`",
      "symbol ,",
      "string x'00'",
      "symbol ,",
      "number 1.5e-3",
      "symbol ,",
      "number 0x1F",
      "symbol ,",
      "number .5",
      "symbol ,",
      "variable ?1",
      "symbol ,",
      "variable :a",
      "symbol ,",
      "variable @b",
      "end ;",
    ],
  );
});

Deno.test("sqlTokens() gives what is not closed or not known as open", () => {
  assertEquals(kinds("a 'b; c"), ["word A", "open 'b; c"]);
  assertEquals(kinds('"b'), ['open "b']);
  assertEquals(kinds("1 # 2"), ["number 1", "open #", "number 2"]);
  assertEquals(kinds("/* never ; closed"), []);
});

Deno.test("sqlTokens() counts parentheses", () => {
  const depths = [...sqlTokens("a (b (c) d) e)) f")].map(({ text, depth }) => `${text}${depth}`);
  assertEquals(depths, ["A0", "(0", "B1", "(1", "C2", ")1", "D1", ")0", "E0", ")0", ")0", "F0"]);
});

Deno.test("sqlTokens() reads a long text in one pass", () => {
  const deep = "(".repeat(200_000);
  assertEquals([...sqlTokens(deep)].length, 200_000);
  assertEquals([...sqlTokens(`'${"''".repeat(200_000)}'`)].length, 1);
  assertEquals([...sqlTokens(`'${"x".repeat(400_000)}`)].length, 1);
  assertEquals([...sqlTokens("-- x\n".repeat(100_000))].length, 0);
});

Deno.test("sqlStatements() splits at semicolons that end a statement", () => {
  assertEquals(statements("select 1; ; select ';' ;-- done;"), ["select 1", "select ';'"]);
  assertEquals(statements(" -- nothing\n ;;"), []);
});

Deno.test("sqlStatements() keeps the body of a trigger together", () => {
  const trigger = "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; " +
    "DELETE FROM d; END";
  assertEquals(statements(`${trigger}; select 1;`), [trigger, "select 1"]);
});

Deno.test("sqlStatements() says where a statement stands and whether it is complete", () => {
  const [first, second] = [...sqlStatements("  select 1 ; select 2")];
  assertEquals([first?.start, first?.end, first?.isComplete], [2, 12, true]);
  assertEquals([second?.start, second?.end, second?.isComplete], [13, 21, false]);
});
