/** How many numbers a vector has. */
export const DIMENSIONS = 128;

/**
 * A stand-in for a model: a text as a vector of the pairs and triples of letters in its words, each counted
 * at a place that its hash gives. No network, and always the same; it knows which texts share words and parts
 * of words, not what they mean. Put your model's call here.
 * @param {string} text
 */
export function embed(text) {
  const vector = Array.from({ length: DIMENSIONS }, () => 0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const padded = ` ${word} `;
    for (const length of [2, 3]) {
      for (let at = 0; at + length <= padded.length; at += 1) {
        const code = hash(padded.slice(at, at + length));
        // half of them count downwards, so that what falls on one place by chance cancels out
        vector[code % DIMENSIONS] = (vector[code % DIMENSIONS] ?? 0) + (code >>> 31 === 0 ? 1 : -1);
      }
    }
  }
  return vector;
}

/** FNV-1a, its bits mixed. @param {string} text */
function hash(text) {
  let code = 0x811c9dc5;
  for (const letter of text) code = Math.imul(code ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  code = Math.imul(code ^ (code >>> 15), 0x2c1b3c6d);
  return (code ^ (code >>> 13)) >>> 0;
}
