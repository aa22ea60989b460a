import { assertEquals, assertStringIncludes } from "@std/assert";
import { scrubberOf } from "./_scrubber.ts";

Deno.test("scrubberOf() removes a secret as it is, in JSON, in a URL, and in base64", () => {
  const secret = 'pa"ss/wörd';
  const scrub = scrubberOf([secret]);
  const forms = [secret, JSON.stringify(secret), encodeURIComponent(secret), btoa(secret), 'pa\\"ss\\/wörd'];
  for (const form of forms) {
    const left = scrub(`before ${form} after`);
    assertStringIncludes(left, "[redacted]");
    assertEquals(/ss|rd/.test(left.replaceAll("[redacted]", "")), false, left);
  }
});

Deno.test("scrubberOf() removes keys that it was not told of, and what an endpoint left of one", () => {
  const scrub = scrubberOf([]);
  assertEquals(scrub("key sk-abcdefghijklmnop"), "key [redacted]");
  assertEquals(scrub("provided: sk-fixtu*********wxyz. You"), "provided: [redacted]. You");
});

Deno.test("scrubberOf() leaves a placeholder of a letter alone", () => {
  assertEquals(scrubberOf(["x", ""])("exact text"), "exact text");
});

Deno.test("scrubberOf() removes the longer of two secrets whole", () => {
  assertEquals(scrubberOf(["abcd", "abcdefgh"])("abcdefgh"), "[redacted]");
});
