/**
 * The generator sfc32, seeded by the 64 hex digits of a SHA-256. Numbers from 0 up to but not including 1, with 32
 * random bits. Apart from {@linkcode seededRandom}, since a sandboxed plugin loads it too and nothing else.
 *
 * Source: Chris Doty-Humphrey, PractRand, sfc32.
 */
export function sfc32(bits: string): () => number {
  let [a, b, c, counter] = [0, 8, 16, 24].map((at) => Number.parseInt(bits.slice(at, at + 8), 16) | 0) as [
    number,
    number,
    number,
    number,
  ];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}
