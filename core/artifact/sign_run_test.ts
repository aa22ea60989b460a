import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FastDistillError } from "../errors/mod.ts";
import { temporaryFolder, writeSmallRun } from "./_fixtures/small_run.ts";
import { makeKeys, readPublicKey, signRun } from "./sign_run.ts";
import { verifyRun } from "./verify.ts";

Deno.test("signRun() signs with several keys, and verifyRun() holds each against the run", async () => {
  await using folder = await temporaryFolder();
  const { dir } = await writeSmallRun({ runsDir: folder.path });
  const [a, b] = [
    await makeKeys(join(folder.path, "keys", "a.pem")),
    await makeKeys(join(folder.path, "keys", "b.pem")),
  ];
  assertEquals((await signRun(dir, a.privateFile)).signatures, 1);
  assertEquals((await signRun(dir, b.privateFile)).signatures, 2);
  assertEquals((await signRun(dir, b.privateFile)).signatures, 2);
  const report = await verifyRun(dir, { publicKey: await readPublicKey(a.publicFile) });
  assertEquals([report.problems, report.signatures?.trusted], [[], a.keyId]);
  assertEquals(report.signatures?.keys.length, 2);
});

Deno.test("makeKeys() keeps the private key to its owner, and replaces nothing", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "key.pem");
  const { publicFile } = await makeKeys(file);
  assertEquals((await stat(file)).mode & 0o777, 0o600);
  assertStringIncludes(await readFile(file, "utf8"), "BEGIN PRIVATE KEY");
  assertEquals((await assertRejects(() => makeKeys(file), FastDistillError)).code, "data.write_failed");
  const swapped = await assertRejects(() => readPublicKey(file), FastDistillError);
  assertEquals(swapped.code, "data.invalid_key");
  assertStringIncludes(swapped.message, "it holds a PRIVATE KEY");
  assert(!swapped.message.includes((await readFile(file, "utf8")).split("\n")[1]!));
  const { dir } = await writeSmallRun({ runsDir: folder.path });
  assertEquals(
    (await assertRejects(() => signRun(dir, publicFile), FastDistillError)).code,
    "data.invalid_key",
  );
});

Deno.test("verifyRun() says what is wrong: no signature, another key, another state", async () => {
  await using folder = await temporaryFolder();
  const layout = await writeSmallRun({ runsDir: folder.path });
  const [a, b] = [await makeKeys(join(folder.path, "a.pem")), await makeKeys(join(folder.path, "b.pem"))];
  const problem = async (publicFile: string) =>
    (await verifyRun(layout.dir, { publicKey: await readPublicKey(publicFile) })).problems[0]?.problem;
  assertEquals(await problem(a.publicFile), "the run is not signed");
  await signRun(layout.dir, a.privateFile);
  assertEquals(await problem(a.publicFile), undefined);
  assertEquals(await problem(b.publicFile), "the run is not signed by the given key");
  const signed = await readFile(layout.signatures);
  await writeSmallRun({ runsDir: folder.path, startedAt: "2026-02-02T00:00:00.000Z" });
  assertEquals(await problem(a.publicFile), "the run is not signed");
  await writeFile(layout.signatures, signed);
  assertEquals(await problem(a.publicFile), "the signed run.json was another one");
  await rm(layout.failures);
  assertEquals(
    (await assertRejects(() => signRun(layout.dir, a.privateFile), FastDistillError)).code,
    "data.digest_mismatch",
  );
});

Deno.test("verifyRun() finds one changed byte anywhere in signatures.json", async () => {
  await using folder = await temporaryFolder();
  const { dir, signatures } = await writeSmallRun({ runsDir: folder.path });
  await signRun(dir, (await makeKeys(join(folder.path, "a.pem"))).privateFile);
  const bytes = await readFile(signatures);
  for (let at = 0; at < bytes.length; at++) {
    await writeFile(signatures, bytes.with(at, bytes[at]! ^ 1));
    const { problems } = await verifyRun(dir);
    assert(problems.some(({ file }) => file === "signatures.json"), `byte ${at} was changed and not found`);
  }
});
