import fc from "fast-check";
import { stated } from "../src/launch/stated.ts";
import { CONDITIONS } from "../src/care/service-care.ts";
import { type ServiceKeys, SIGNALS } from "../src/definitions/service-keys.ts";

const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((value) => value.trim() !== "" && !value.includes("\0"));
const time = fc
  .tuple(fc.nat(999), fc.constantFrom("ms", "s", "m", "h"))
  .map(([count, unit]) => `${count}${unit}`);
const size = fc
  .tuple(fc.nat(999), fc.constantFrom("K", "M", "G"))
  .map(([count, unit]) => `${count}${unit}`);
const count = fc.integer({ min: 1, max: 99 });
const probe = fc.constantFrom(
  "http://127.0.0.1:3000/up",
  "/up",
  "tcp",
  "tcp://db:5432",
  "test -f up",
);

function maybe<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.option(value, { nil: undefined, freq: 2 });
}

/** A name that a service can be defined under. */
export const anyName: fc.Arbitrary<string> = word;

/** Any service as it can be written, in the shortest form of each key. */
export const anyServiceKeys: fc.Arbitrary<ServiceKeys> = fc
  .record({
    command: fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 4 })),
    description: maybe(text),
    cwd: maybe(text),
    port: maybe(fc.integer({ min: 1, max: 65_535 })),
    env: maybe(fc.dictionary(fc.stringMatching(/^[A-Z_]{1,6}$/), text, { minKeys: 1, maxKeys: 3 })),
    env_file: maybe(fc.constantFrom("env/dev.env", ".env", "/etc/api env")),
    pre_hook: maybe(text),
    restart: maybe(fc.constantFrom("no" as const, "on-failure" as const, "always" as const)),
    max_restarts: maybe(fc.nat(99)),
    backoff: maybe(fc.oneof(time, fc.record({ first: time, max: time }))),
    stable_after: maybe(time),
    success_exit: maybe(
      fc.uniqueArray(fc.oneof(fc.nat(255), fc.constantFrom(...SIGNALS)), { minLength: 1 }),
    ),
    stop_signal: maybe(fc.constantFrom(...SIGNALS)),
    stop_timeout: maybe(time),
    max_memory: maybe(size),
    instances: maybe(count),
    watch: maybe(fc.array(word, { minLength: 1, maxLength: 3 })),
    cron: maybe(fc.constant("0 4 * * *")),
    health: maybe(
      fc.oneof(probe, fc.record({ http: fc.constant("/up"), interval: time, failures: count })),
    ),
    ready: maybe(fc.oneof(probe, fc.record({ tcp: fc.constant(true as const), timeout: time }))),
    depends_on: maybe(
      fc.oneof(
        fc.array(word, { minLength: 1, maxLength: 3 }),
        fc.record({ other: fc.constantFrom(...CONDITIONS.slice(1)) }),
      ),
    ),
    logs: maybe(fc.record({ max_size: size, keep: count, compress: fc.boolean() })),
    merge_output: maybe(fc.boolean()),
    user: maybe(word),
  })
  .map((keys) => stated(keys));
