import { cosine } from "../_shared/vectors.ts";

/** Of each unit vector, the mean cosine to all others; `undefined` where there is no other. Time is linear. */
export function meanSimilarities(vectors: readonly Float32Array[]): readonly (number | undefined)[] {
  if (vectors.length < 2) return vectors.map(() => undefined);
  const sum = new Float64Array(vectors[0]!.length);
  for (const vector of vectors) {
    for (let index = 0; index < sum.length; index++) sum[index]! += vector[index]!;
  }
  return vectors.map((vector) => {
    let all = 0;
    for (let index = 0; index < sum.length; index++) all += vector[index]! * sum[index]!;
    return (all - cosine(vector, vector)) / (vectors.length - 1);
  });
}

/**
 * How many vectors that have nothing in common would be as diverse: the Vendi score of order 2, from 1 (all alike) to their
 * number. Time: the square of their number.
 *
 * Source: Pasarkar and Dieng, arXiv:2310.12952; order 2 needs no eigenvalues, as their squares sum to those of the cosines.
 */
export function vendiScore(vectors: readonly Float32Array[]): number | undefined {
  if (vectors.length === 0) return undefined;
  let squares = 0;
  for (const [index, vector] of vectors.entries()) {
    squares += cosine(vector, vector) ** 2;
    for (let other = 0; other < index; other++) squares += 2 * cosine(vector, vectors[other]!) ** 2;
  }
  return squares === 0 ? undefined : vectors.length ** 2 / squares;
}
