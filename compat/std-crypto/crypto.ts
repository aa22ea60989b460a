import { createHash, type Hash, webcrypto } from "node:crypto";

// Name in the JSR package -> name in OpenSSL. Left out, because no Node has them built in:
// BLAKE3, KECCAK, SHAKE, TIGER, FNV, MD4 and the short forms of BLAKE2B; nor a digest's length.
const OPENSSL_NAMES = {
  "BLAKE2B": "blake2b512",
  "BLAKE2S": "blake2s256",
  "MD5": "md5",
  "RIPEMD-160": "ripemd160",
  "SHA-1": "sha1",
  "SHA-224": "sha224",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
  "SHA3-224": "sha3-224",
  "SHA3-256": "sha3-256",
  "SHA3-384": "sha3-384",
  "SHA3-512": "sha3-512",
} as const;

/** A digest algorithm by its Web Crypto style name. */
export type DigestAlgorithmName = keyof typeof OPENSSL_NAMES;

/** A digest algorithm as Web Crypto's algorithm object. */
export type DigestAlgorithmObject = {
  /** Name of the algorithm. */
  name: DigestAlgorithmName;
};

/** What {@linkcode StdSubtleCrypto.digest} takes for an algorithm. */
export type DigestAlgorithm = DigestAlgorithmName | DigestAlgorithmObject;

/** Every {@linkcode DigestAlgorithmName}. */
export const DIGEST_ALGORITHM_NAMES: readonly DigestAlgorithmName[] = Object.keys(OPENSSL_NAMES).filter(
  isKnown,
);

/** Web Crypto's `SubtleCrypto` with streaming and synchronous digests. */
export interface StdSubtleCrypto extends SubtleCrypto {
  /** Digests one buffer, or the concatenation of many as they arrive. */
  digest(
    algorithm: DigestAlgorithm,
    data: BufferSource | AsyncIterable<BufferSource> | Iterable<BufferSource>,
  ): Promise<ArrayBuffer>;
  /** Digests one buffer, or the concatenation of many, without waiting. */
  digestSync(algorithm: DigestAlgorithm, data: BufferSource | Iterable<BufferSource>): ArrayBuffer;
}

/** Web Crypto's `Crypto` with the richer {@linkcode StdSubtleCrypto}. */
export interface StdCrypto extends Crypto {
  /** Digests, and everything that Web Crypto's own `subtle` has. */
  readonly subtle: StdSubtleCrypto;
}

async function digest(
  algorithm: DigestAlgorithm,
  data: BufferSource | AsyncIterable<BufferSource> | Iterable<BufferSource>,
): Promise<ArrayBuffer> {
  if (!(Symbol.asyncIterator in data)) return digestSync(algorithm, data);
  const hash = hashOf(algorithm);
  for await (const chunk of data) hash.update(bytesOf(chunk));
  return bufferOf(hash);
}

function digestSync(algorithm: DigestAlgorithm, data: BufferSource | Iterable<BufferSource>): ArrayBuffer {
  const hash = hashOf(algorithm);
  if (!isBufferSource(data) && !(Symbol.iterator in data)) {
    throw new TypeError("Cannot digest the data: neither a BufferSource nor an iterable of them");
  }
  for (const chunk of isBufferSource(data) ? [data] : data) hash.update(bytesOf(chunk));
  return bufferOf(hash);
}

function hashOf(algorithm: DigestAlgorithm): Hash {
  const name = (typeof algorithm === "string" ? algorithm : algorithm.name).toUpperCase();
  if (isKnown(name)) return createHash(OPENSSL_NAMES[name]);
  throw new TypeError(
    `Cannot digest: the algorithm is not one of ${DIGEST_ALGORITHM_NAMES.join(", ")}: ${name}`,
  );
}

function isKnown(name: string): name is DigestAlgorithmName {
  return Object.hasOwn(OPENSSL_NAMES, name);
}

function isBufferSource(data: unknown): data is BufferSource {
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data);
}

function bytesOf(chunk: BufferSource): Uint8Array {
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  throw new TypeError("Cannot digest the data: a chunk is neither an ArrayBuffer nor a view of one");
}

function bufferOf(hash: Hash): ArrayBuffer {
  return Uint8Array.from(hash.digest()).buffer;
}

function bound<T extends object>(target: T, own: Partial<T> | object): T {
  return new Proxy(target, {
    get(_, key) {
      if (Object.hasOwn(own, key)) return Reflect.get(own, key);
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const native = webcrypto as unknown as Crypto;
const subtle = bound(native.subtle, { digest, digestSync }) as StdSubtleCrypto;

/** Web Crypto, with more digest algorithms, digests of streams, and `subtle.digestSync`. */
export const crypto: StdCrypto = bound(native, { subtle }) as StdCrypto;
