import type { JsonObject } from "@fastdistill/core";
import { runStep, testStep } from "@fastdistill/core/testing";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { findPii, PII_KINDS, type PiiKind } from "./_pii_detectors.ts";
import maskPii from "./mask_pii.ts";

/** Put together here, so that no scanner takes this file for a leak. */
const KEY = ["sk", "-proj-", "a1B2c3D4e5F6g7H8i9J0k1L2"].join("");
const AWS = ["AK", "IA", "IOSFODNN7EXAMPLE"].join("");
const GITHUB = ["gh", "p_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"].join("");
const JWT = ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0NTY3ODkwIn0", "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0"]
  .join(".");
const [BEGIN, END] = ["-----BEGIN RSA PRIVATE " + "KEY-----", "-----END RSA PRIVATE " + "KEY-----"];

function kindsIn(text: string): readonly (readonly [PiiKind, string])[] {
  return findPii(text, PII_KINDS).map(({ kind, start, end }) => [kind, text.slice(start, end)]);
}

async function maskedOf(text: string, config: JsonObject = {}): Promise<unknown> {
  const run = await runStep(maskPii, { config: { columns: ["text"], ...config }, rows: [{ text }] });
  return run.rows[0]?.text;
}

Deno.test("mask_pii keeps the contract of steps", async () => {
  const rows = [{ text: "a@b.com" }, { text: null }, { text: "nothing" }, {
    text: [{ content: `key ${KEY}` }],
  }];
  await testStep(maskPii, [
    { config: { columns: ["text"] }, rows, columns: { text: "any" } },
    { config: { columns: ["text"], action: "drop", per_kind: true }, rows, columns: { text: "any" } },
    { config: { columns: ["text"], action: "mark", kinds: ["email"] }, rows, columns: { text: "any" } },
  ]);
});

const FOUND: readonly (readonly [PiiKind, string])[] = [
  ["email", "ann.lee+news@mail.example.co.uk"],
  ["phone", "+44 20 7946 0958"],
  ["phone", "+1 (415) 555-2671"],
  ["phone", "(415) 555-2671"],
  ["phone", "415-555-2671"],
  ["phone", "13812345678"],
  ["ipv4", "203.0.113.7"],
  ["ipv6", "2001:db8:85a3::8a2e:370:7334"],
  ["ipv6", "2001:0db8:85a3:0000:0000:8a2e:0370:7334"],
  ["credit_card", "4111 1111 1111 1111"],
  ["credit_card", "5500-0000-0000-0004"],
  ["credit_card", "378282246310005"],
  ["iban", "DE89 3704 0044 0532 0130 00"],
  ["iban", "GB82WEST12345698765432"],
  ["us_ssn", "123-45-6789"],
  ["cn_id", "11010519491231002X"],
  ["api_key", KEY],
  ["api_key", AWS],
  ["api_key", GITHUB],
  ["jwt", JWT],
  ["private_key", `${BEGIN}\nMIIEow+/=\n${END}`],
  ["private_key", `${BEGIN}\nMIIEow+/=\nabc`],
];

const NOT_FOUND: readonly string[] = [
  "user@localhost",
  "a @ b.com",
  "4111 1111 1111 1112",
  "1234567890123456",
  "0000 0000 0000 0000",
  "DE89 3704 0044 0532 0130 01",
  "XX89 3704 0044 0532 0130 00",
  "000-12-3456",
  "123-45-67890",
  "110105194912310021",
  "256.1.1.1",
  "127.0.0.1",
  "1.2.3",
  "12:30:45",
  "std::vector::iterator",
  "::1",
  "sk" + "-learn-is-a-library-for-learning",
  "the year 2024-2025 and 1999",
  "version 3.14.159.2653.5",
  "3.14159265358979",
  "password: swordfish",
  "-----BEGIN CERTIFICATE-----",
];

Deno.test("mask_pii finds each kind by its shape, in the middle of a sentence", async (t) => {
  for (const [kind, value] of FOUND) {
    await t.step(kind, () =>
      assertEquals(kindsIn(`It is ${value}, I think.`.replace("abc,", "abc")), [
        kind === "private_key" && !value.includes(END) ? [kind, `${value} I think.`] : [kind, value],
      ]));
  }
});

Deno.test("mask_pii leaves alone what fails a check or only looks alike", () => {
  for (const text of NOT_FOUND) assertEquals([text, kindsIn(`See ${text} there`)], [text, []]);
});

Deno.test("mask_pii gives an IBAN no words that follow it, and a credential only its value", () => {
  assertEquals(kindsIn("IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX"), [[
    "iban",
    "DE89 3704 0044 0532 0130 00",
  ]]);
  assertEquals(kindsIn('password = "hunter2hunter2" and postgres://app:s3cretpw@db/x'), [
    ["credential", "hunter2hunter2"],
    ["credential", "app:s3cretpw"],
  ]);
  assertEquals(kindsIn(`token: ${GITHUB}`), [["api_key", GITHUB]]);
});

Deno.test("mask_pii names the same value alike in all columns, and numbers others on", async () => {
  const row = {
    text: "Write to a@b.com or c@d.org.",
    messages: [{ role: "user", content: "c@d.org, a@b.com, call +44 20 7946 0958" }],
  };
  const run = await runStep(maskPii, {
    config: { columns: ["text", "messages"], per_kind: true, kinds: ["email", "phone"] },
    rows: [row],
  });
  assertEquals(run.rows, [{
    text: "Write to [EMAIL_1] or [EMAIL_2].",
    messages: [{ role: "user", content: "[EMAIL_2], [EMAIL_1], call [PHONE_1]" }],
    has_pii: true,
    pii_count: 5,
    pii_email: 4,
    pii_phone: 1,
  }]);
});

Deno.test("mask_pii takes no placeholder that the text has already, and leaves what is allowed", async () => {
  assertEquals(await maskedOf("[EMAIL_1] is a@b.com"), "[EMAIL_1] is [EMAIL_2]");
  assertEquals(await maskedOf("a@b.com, c@d.org", { allow: ["a@b.com"] }), "a@b.com, [EMAIL_1]");
  assertEquals(await maskedOf("a@b.com 203.0.113.7", { kinds: ["ipv4"] }), "a@b.com [IPV4_1]");
});

Deno.test("mask_pii drops a row without telling what was in it", async () => {
  const rows = [{ text: `a@b.com ${KEY} c@d.org` }, { text: "clean" }];
  const run = await runStep(maskPii, { config: { columns: ["text"], action: "drop" }, rows });
  assertEquals(run.rejected.map(({ reason, detail }) => [reason, detail]), [["pii", "1 api_key, 2 email"]]);
  assertEquals(run.rows, [{ text: "clean", has_pii: false, pii_count: 0 }]);
});

Deno.test("mask_pii marks without a change", async () => {
  const run = await runStep(maskPii, {
    config: { columns: ["text"], action: "mark" },
    rows: [{ text: "a@b.com" }],
  });
  assertEquals(run.rows, [{ text: "a@b.com", has_pii: true, pii_count: 1 }]);
});

Deno.test("mask_pii leaves nothing behind that it would find again", async () => {
  const piece = fc.oneof(fc.constantFrom(...FOUND.map(([, value]) => value)), fc.string({ maxLength: 8 }));
  await fc.assert(fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
    const once = await maskedOf(pieces.join(" "));
    assertEquals(await maskedOf(String(once)), once);
  }));
});

Deno.test("findPii() gives matches in order and apart, on texts made to hold it up too", () => {
  const hostile = [
    "a",
    "a.",
    "1",
    "1 ",
    "1.",
    "a@",
    ":",
    "0:",
    "eyJ",
    "DE89",
    "sk-",
    BEGIN,
    "password=",
    "+1 ",
  ];
  for (const piece of hostile) {
    let end = 0;
    for (const match of findPii(piece.repeat(50_000), PII_KINDS)) {
      assert(match.start >= end && match.end > match.start);
      end = match.end;
    }
  }
});
