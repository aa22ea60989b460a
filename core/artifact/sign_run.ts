import { Buffer } from "node:buffer";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describeThrown, FastDistillError } from "../errors/mod.ts";
import { canonicalJson, sha256 } from "../record/mod.ts";
import { errorCodeOf, makeFolder, pathExists, readTextFile, writeTextFile } from "../runtime/mod.ts";
import { parseSignatures, type RunSignature, SIGNATURES_SCHEMA, signedText } from "./_signatures.ts";
import { readRunJson, runDigest } from "./run_json.ts";
import { verifyRun } from "./verify.ts";

const ALGORITHM = "Ed25519";
const OWNER_ONLY = 0o600;
const KEY_BYTES_MAX = 16 * 1024;

/** A new pair of keys. */
export interface NewKeys {
  /** Path of the private key: PKCS #8 in PEM, readable by its owner only. */
  readonly privateFile: string;
  /** Path of the public key: SPKI in PEM. */
  readonly publicFile: string;
  /** First 16 digits of the SHA-256 of the public key, by which people tell keys apart. */
  readonly keyId: string;
}

/**
 * Makes a pair of Ed25519 keys: the private one at `file`, the public one beside it with `.pub` at the end.
 *
 * @throws {FastDistillError} `data.write_failed`, also where one of the files is there already: keys are never replaced
 */
export async function makeKeys(file: string): Promise<NewKeys> {
  const publicFile = `${file}.pub`;
  for (const path of [file, publicFile]) {
    if (await pathExists(path)) {
      throw new FastDistillError("data.write_failed", `Cannot make keys: there is a file ${path} already`, {
        hint: "Name another file; whoever has the public key could check nothing any more",
      });
    }
  }
  const pair = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as CryptoKeyPair;
  const [secret, open] = await Promise.all([
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
    crypto.subtle.exportKey("spki", pair.publicKey),
  ]);
  await makeFolder(dirname(file));
  await writePrivate(file, pemOf("PRIVATE KEY", secret));
  await writeTextFile(publicFile, pemOf("PUBLIC KEY", open));
  return { privateFile: file, publicFile, keyId: keyIdOf(new Uint8Array(open)) };
}

/** What a signing came to. */
export interface SignedRun {
  /** Of the run. */
  readonly run_id: string;
  /** What was signed: the digest that `run.json` states of itself, and so of every file. */
  readonly digest: string;
  /** Of the key that signed. */
  readonly key_id: string;
  /** Signatures that are in the run folder now, each of another key. */
  readonly signatures: number;
}

/**
 * Signs a run that verifies: writes `signatures.json` into its folder, beside signatures of other keys. A run that is
 * executed again loses its signatures.
 *
 * @param runDir the run folder
 * @param keyFile the private key, PKCS #8 in PEM
 * @throws {FastDistillError} `data.digest_mismatch` for a run that was changed, `data.invalid_key`, `data.run_not_found`
 */
export async function signRun(runDir: string, keyFile: string): Promise<SignedRun> {
  const { problems } = await verifyRun(runDir);
  const wrong = problems.find(({ file }) => file !== "signatures.json");
  if (wrong !== undefined) {
    const message = `Cannot sign ${runDir}: ${wrong.file}: ${wrong.problem}`;
    throw new FastDistillError("data.digest_mismatch", message, {
      hint: "See fastdistill verify; only what is as the run left it is signed",
    });
  }
  const signer = await readPrivateKey(keyFile);
  const { run_id } = await readRunJson(runDir);
  const digest = await runDigest(runDir);
  const signed = await crypto.subtle.sign(ALGORITHM, signer.key, signedText({ run_id, digest }));
  const path = join(runDir, "signatures.json");
  const earlier = await pathExists(path) ? await earlierOf(path, digest) : [];
  const own: RunSignature = {
    algorithm: "ed25519",
    key_id: signer.keyId,
    public_key: Buffer.from(signer.publicKey).toString("base64"),
    signature: Buffer.from(signed).toString("base64"),
  };
  const signatures = [...earlier.filter(({ key_id }) => key_id !== signer.keyId), own]
    .sort((a, b) => a.key_id < b.key_id ? -1 : 1);
  await writeTextFile(path, `${canonicalJson({ schema: SIGNATURES_SCHEMA, run_id, digest, signatures })}\n`);
  return { run_id, digest, key_id: signer.keyId, signatures: signatures.length };
}

/** Those that are of the same state of the run. */
async function earlierOf(path: string, digest: string): Promise<readonly RunSignature[]> {
  const { signatures, digest: signed } = parseSignatures(path, await readTextFile(path));
  return signed === digest ? signatures : [];
}

/**
 * Reads a public key: SPKI in PEM, as `makeKeys` writes it.
 * @returns its bytes
 * @throws {FastDistillError} `data.invalid_key`, `data.file_not_found`
 */
export async function readPublicKey(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = bytesOf(await readTextFile(file, KEY_BYTES_MAX), { label: "PUBLIC KEY", file });
  try {
    await crypto.subtle.importKey("spki", bytes, ALGORITHM, true, ["verify"]);
    return bytes;
  } catch {
    throw invalidKey(file, "it holds no Ed25519 key");
  }
}

interface Signer {
  readonly key: CryptoKey;
  readonly keyId: string;
  readonly publicKey: Uint8Array;
}

async function readPrivateKey(file: string): Promise<Signer> {
  const bytes = bytesOf(await readTextFile(file, KEY_BYTES_MAX), { label: "PRIVATE KEY", file });
  try {
    const key = await crypto.subtle.importKey("pkcs8", bytes, ALGORITHM, true, ["sign"]);
    // A private key holds its public one: as a JWK it is the member x.
    const { x } = await crypto.subtle.exportKey("jwk", key);
    const half = await crypto.subtle.importKey(
      "jwk",
      { kty: "OKP", crv: ALGORITHM, x: x! },
      ALGORITHM,
      true,
      [
        "verify",
      ],
    );
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", half));
    return { key, keyId: keyIdOf(publicKey), publicKey };
  } catch {
    // What the platform says might quote the key.
    throw invalidKey(file, "it holds no Ed25519 key");
  }
}

/** The name of a public key. */
export function keyIdOf(publicKey: Uint8Array): string {
  return sha256(publicKey).slice(0, 16);
}

function bytesOf(
  pem: string,
  { label, file }: { readonly label: string; readonly file: string },
): Uint8Array<ArrayBuffer> {
  const found = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(pem);
  if (found !== null) return new Uint8Array(Buffer.from(found[1]!, "base64"));
  const other = /-----BEGIN ([A-Z ]{1,40})-----/.exec(pem)?.[1];
  throw invalidKey(file, other === undefined ? "it is not a PEM file" : `it holds a ${other}`, label);
}

function invalidKey(file: string, found: string, label = "PRIVATE KEY"): FastDistillError {
  return new FastDistillError(
    "data.invalid_key",
    `Cannot use ${file} as an Ed25519 ${label.toLowerCase()}: ${found}`,
    {
      hint: "Make a pair with fastdistill keys new: the private key signs, the one that ends in .pub checks",
    },
  );
}

function pemOf(label: string, bytes: ArrayBuffer): string {
  const lines = Buffer.from(bytes).toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** Writes a file that is its owner's from its first byte on. */
async function writePrivate(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, "wx", OWNER_ONLY);
    await file.writeFile(text).finally(() => file.close());
  } catch (cause) {
    const reason = errorCodeOf(cause) === "EEXIST" ? "there is a file already" : describeThrown(cause);
    throw new FastDistillError("data.write_failed", `Cannot write ${path}: ${reason}`, { cause });
  }
}
