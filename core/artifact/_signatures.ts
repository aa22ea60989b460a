import { Buffer } from "node:buffer";
import { z } from "zod";
import { FastDistillError } from "../errors/mod.ts";
import { canonicalJson, sha256 } from "../record/mod.ts";
import { pathExists, readTextFile } from "../runtime/mod.ts";
import type { Findings } from "./_findings.ts";
import type { RunLayout } from "./run_layout.ts";
import type { SignatureCheck } from "./verify_report.ts";

/** What the `schema` field of `signatures.json` says. */
export const SIGNATURES_SCHEMA = "fastdistill.signatures/1";
const FILE = "signatures.json";

/** One signature of a run. */
export interface RunSignature {
  readonly algorithm: "ed25519";
  /** First 16 digits of the SHA-256 of the public key. */
  readonly key_id: string;
  /** SPKI, base64. */
  readonly public_key: string;
  /** Base64. */
  readonly signature: string;
}

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/);
const schema = z.strictObject({
  schema: z.literal(SIGNATURES_SCHEMA),
  run_id: z.string(),
  digest: z.string(),
  signatures: z.array(z.strictObject({
    algorithm: z.literal("ed25519"),
    key_id: z.string(),
    public_key: base64,
    signature: base64,
  })).min(1).max(100),
});

/** What `signatures.json` holds. */
export type Signatures = z.infer<typeof schema>;

/** What is signed: run and digest, and what this is a signature of, so that it can stand for nothing else. */
export function signedText(
  { run_id, digest }: { readonly run_id: string; readonly digest: string },
): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(canonicalJson({ schema: SIGNATURES_SCHEMA, run_id, digest }));
}

/** @throws {FastDistillError} `data.invalid_manifest` */
export function parseSignatures(path: string, text: string): Signatures {
  const { data } = schema.safeParse(jsonOf(text));
  if (data !== undefined && `${canonicalJson(data)}\n` === text) return data;
  throw new FastDistillError("data.invalid_manifest", `${path} is not what a signing writes`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Refused by the schema.
  }
}

/** What signatures are held against. */
export interface SignatureClaims {
  readonly layout: RunLayout;
  readonly findings: Findings;
  readonly runId: string;
  /** The digest that `run.json` has. */
  readonly digest: string;
  /** Bytes of the key that has to have signed. */
  readonly publicKey: Uint8Array | undefined;
}

/** Checks every signature of a run, and that the wanted key is among those that signed. */
export async function verifySignatures(claims: SignatureClaims): Promise<SignatureCheck | undefined> {
  const { layout, findings, publicKey } = claims;
  const wanted = publicKey === undefined ? undefined : sha256(publicKey).slice(0, 16);
  if (!await pathExists(layout.signatures)) {
    if (wanted !== undefined) {
      findings.add({ file: FILE, problem: "the run is not signed", expected: wanted });
    }
    return undefined;
  }
  const signed = await findings.attempt(
    FILE,
    async () => parseSignatures(FILE, await readTextFile(layout.signatures)),
  );
  if (signed === undefined) return undefined;
  findings.compare({
    file: FILE,
    problem: "the signed run is another one",
    expected: signed.run_id,
    found: claims.runId,
  });
  findings.compare({
    file: FILE,
    problem: "the signed run.json was another one",
    expected: signed.digest,
    found: claims.digest,
  });
  const valid: string[] = [];
  for (const one of signed.signatures) {
    if (await isValid(one, signed)) valid.push(one.key_id);
    else findings.add({ file: FILE, problem: `the signature of key ${one.key_id} is not valid` });
  }
  const isWanted = signed.signatures.some(({ public_key }) =>
    Buffer.from(public_key, "base64").equals(publicKey ?? new Uint8Array())
  );
  if (wanted !== undefined && !isWanted) {
    findings.add({
      file: FILE,
      problem: "the run is not signed by the given key",
      expected: wanted,
      found: signed.signatures.map(({ key_id }) => key_id).join(", "),
    });
  }
  return { keys: valid, ...(wanted === undefined ? {} : { trusted: wanted }) };
}

async function isValid(one: RunSignature, signed: Signatures): Promise<boolean> {
  const publicKey = new Uint8Array(Buffer.from(one.public_key, "base64"));
  if (sha256(publicKey).slice(0, 16) !== one.key_id) return false;
  // Bits that base64 leaves unused must be as they were written, too.
  if (!isCanonical(one.public_key) || !isCanonical(one.signature)) return false;
  try {
    const key = await crypto.subtle.importKey("spki", publicKey, "Ed25519", true, ["verify"]);
    const signature = new Uint8Array(Buffer.from(one.signature, "base64"));
    return await crypto.subtle.verify("Ed25519", key, signature, signedText(signed));
  } catch {
    return false; // What is no key has signed nothing.
  }
}

function isCanonical(base64: string): boolean {
  return Buffer.from(base64, "base64").toString("base64") === base64;
}
