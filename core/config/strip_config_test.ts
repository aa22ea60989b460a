import { assertEquals } from "@std/assert";
import { z } from "zod";
import type { ConfigSchema } from "../component/mod.ts";
import { stripConfig } from "./strip_config.ts";

const secret = z.string().meta({ secret: true });

Deno.test("stripConfig() leaves out what is marked, at any depth", () => {
  const schema = z.strictObject({
    model: z.string(),
    key: secret.optional(),
    fallback: secret.default("x"),
    nullable: secret.nullable(),
    described: secret.describe("A key"),
    timeout_ms: z.int().default(5).meta({ operational: true }),
    nested: z.strictObject({ a: z.number(), b: z.number().meta({ operational: true }) }),
    list: z.array(z.strictObject({ id: z.string(), token: secret })),
    map: z.record(z.string(), z.strictObject({ id: z.string(), token: secret })),
    union: z.union([z.string(), z.strictObject({ id: z.string(), token: secret })]),
    whole: z.strictObject({ user: z.string() }).meta({ secret: true }),
    trimmed: z.string().trim().transform((text) => text.length).meta({ operational: true }),
  });
  const entry = { id: "i", token: "t" };
  const value = {
    model: "m",
    key: "k",
    fallback: "f",
    nullable: "n",
    described: "d",
    timeout_ms: 1,
    nested: { a: 1, b: 2 },
    list: [entry, entry],
    map: { one: entry },
    union: entry,
    whole: { user: "u" },
    trimmed: 3,
  };
  assertEquals(stripConfig(schema, value), {
    model: "m",
    nested: { a: 1 },
    list: [{ id: "i" }, { id: "i" }],
    map: { one: { id: "i" } },
    union: { id: "i" },
  });
});

Deno.test("stripConfig() follows schemas that refer to themselves", () => {
  interface Tree {
    readonly token: string;
    readonly name: string;
    readonly inside?: Tree | undefined;
  }
  const tree: z.ZodType<Tree> = z.lazy(() =>
    z.strictObject({ token: secret, name: z.string(), inside: tree.optional() })
  );
  const value = {
    token: "t",
    name: "a",
    inside: { token: "t", name: "b", inside: { token: "t", name: "c" } },
  };
  assertEquals(stripConfig(tree, value), { name: "a", inside: { name: "b", inside: { name: "c" } } });
});

Deno.test("stripConfig() goes by names where there is no JSON Schema", () => {
  const plain: ConfigSchema<unknown> = {
    "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) },
  };
  const value = { model: "m", api_key: "k", nested: [{ password: "p", n: 1 }] };
  assertEquals(stripConfig(plain, value), { model: "m", nested: [{ n: 1 }] });
  assertEquals(
    stripConfig(z.strictObject({ when: z.date(), secret: z.string() }), { when: 1, secret: "s" }),
    { when: 1 },
  );
});
