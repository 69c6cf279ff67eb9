import type { SagaDefinition } from "./definition.ts";

/** Definitions that differ in their input share their steps, and so what was worked out for them. */
const DIGESTS = new WeakMap<SagaDefinition["steps"], Map<string, string>>();

/**
 * A short text that changes when a definition does; its input does not count, the order of keys neither.
 * It is the 64-bit FNV-1a of the canonical JSON, in hexadecimal: to notice a change by mistake, no
 * protection against one on purpose.
 */
export function digestOf({ name, steps, timeoutMs }: SagaDefinition): string {
  const known = DIGESTS.get(steps) ?? new Map<string, string>();
  DIGESTS.set(steps, known);
  const head = canonicalJson({ name, timeoutMs: timeoutMs ?? null });
  const digest = known.get(head) ?? fnv1a(`${head}${canonicalJson(steps)}`);
  known.set(head, digest);
  return digest;
}

/** JSON in one line, keys in the order of their UTF-16 units (RFC 8785), `undefined` left out. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).toSorted()) {
    const inner: unknown = Reflect.get(value, key);
    if (inner !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(inner)}`);
  }
  return `{${members.join(",")}}`;
}

/** FNV-1a, 64 bits, over the UTF-8 of a text: in four numbers of 16 bits, because BigInt is slow. */
export function fnv1a(text: string): string {
  let [a, b, c, d] = [0x2325, 0x8422, 0x9ce4, 0xcbf2]; // the offset basis, lowest first
  for (const byte of new TextEncoder().encode(text)) {
    a ^= byte;
    // times 2^40 + 0x1b3: 2^40 is 2^8 in the third number
    const low = a * 0x1b3;
    const second = b * 0x1b3 + (low >>> 16);
    const third = c * 0x1b3 + (a << 8) + (second >>> 16);
    const fourth = d * 0x1b3 + (b << 8) + (third >>> 16);
    a = low & 0xffff;
    b = second & 0xffff;
    c = third & 0xffff;
    d = fourth & 0xffff;
  }
  return [d, c, b, a].map((it) => it.toString(16).padStart(4, "0")).join("");
}
