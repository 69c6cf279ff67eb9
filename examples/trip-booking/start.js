// The story: a hotel without rooms, a person who refuses, a program that is killed while it books, and a
// mail server that is down when there is no way back any more. What is typed is shown behind a $.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TTM = join(import.meta.dirname, "../../bin/ttm");
const SERVICES = ["flight", "hotel", "car", "payment", "tickets", "mail"];
const folder = process.env["TETRA_DIR"] ?? mkdtempSync(join(tmpdir(), "trip-booking-"));
const bookings = join(folder, "bookings");

/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`);

/**
 * Starts `ttm` and shows what it prints.
 * @param {readonly string[]} args
 */
function ttm(...args) {
  say(`$ ttm ${args.map((arg) => (/^[\w.@=:/-]+$/.test(arg) ? arg : `"${arg}"`)).join(" ")}`);
  const child = spawn(TTM, args, {
    cwd: import.meta.dirname,
    env: { ...process.env, TETRA_DIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  /** @type {Map<string, () => void>} */
  const awaited = new Map();
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      output += text;
      process.stdout.write(text);
      for (const [wanted, arrived] of awaited) if (output.includes(wanted)) arrived();
    });
  }
  const closed = once(child, "close");
  return {
    /** Waits until it has printed something that it cannot have printed yet. @param {string} text */
    printed(text) {
      const never = closed.then(() => Promise.reject(new Error(`ttm never printed ${text}`)));
      return Promise.race([
        new Promise((arrived) => awaited.set(text, () => arrived(text))),
        never,
      ]);
    },
    /** Kills it as `kill -9` does: it cannot put anything right. */
    async kill() {
      child.kill("SIGKILL");
      await closed;
      say("(killed)");
    },
    /** Waits for its end. */
    async end() {
      const [status] = await closed;
      say(`(exit status ${status})`);
    },
  };
}

/** Books a trip. @param {string} city */
function trip(city) {
  const vars = { city, traveller: "ada@example.org", bookings };
  const given = Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}=${value}`]);
  return ttm("saga", "run", "trip.saga.yaml", ...given);
}

/** Says what the agency has in its books for a trip. @param {string} city */
function tell(city) {
  const slug = `a-trip-to-${city.toLowerCase()}-`;
  for (const service of SERVICES) {
    const place = join(bookings, service);
    mkdirSync(place, { recursive: true });
    const files = readdirSync(place).filter(
      (name) => name.startsWith(slug) && !name.endsWith(".draft"),
    );
    const found = files.map((name) => readFileSync(join(place, name), "utf8").trim());
    say(`  ${service}: ${found.length === 0 ? "nothing" : found.join(" AND ")}`);
  }
}

/**
 * How a service behaves from now on: it refuses with a message, or it is slow.
 * @param {string} service @param {"refuses" | "slow"} how
 */
function make(service, how, message = "") {
  mkdirSync(join(bookings, service), { recursive: true });
  writeFileSync(join(bookings, service, how), message);
}

/** @param {string} service @param {"refuses" | "slow"} how */
const noMore = (service, how) => rmSync(join(bookings, service, how));

say("# What it would do");
await ttm(
  "saga",
  "plan",
  "trip.saga.yaml",
  "--var",
  "city=Oslo",
  "--var",
  "traveller=ada@example.org",
  "--var",
  `bookings=${bookings}`,
).end();

say("\n# The hotel has no rooms: what was booked is cancelled");
make("hotel", "refuses", "no rooms left\n");
await trip("Oslo").end();
noMore("hotel", "refuses");
tell("Oslo");

say("\n# A person refuses: the same");
const dear = trip("Rome");
await dear.printed("consent: waits for an approval");
await ttm("saga", "reject", "--why", "too expensive").end();
await dear.end();
tell("Rome");

say(
  "\n# ttm is killed while it books the hotel, and another one carries on: each booking is there once",
);
make("hotel", "slow");
const killed = trip("Lima");
await killed.printed("the answer takes a while");
await killed.kill();
tell("Lima");
noMore("hotel", "slow");
const resumed = ttm("saga", "resume");
await resumed.printed("consent: waits for an approval");
await ttm("saga", "approve", "--why", "it is within the budget").end();
await resumed.end();
tell("Lima");

say("\n# The mail server is down, behind the pivot: it is tried again until it is up");
make("mail", "refuses", "the mail server is down\n");
const late = trip("Cork");
await late.printed("consent: waits for an approval");
await ttm("saga", "approve", "--why", "it is within the budget").end();
await late.printed("mail: attempt 1 failed");
await ttm("saga", "cancel", "--why", "changed my mind").end();
noMore("mail", "refuses");
await late.end();
tell("Cork");

say("\n# What is paid cannot be undone");
await ttm("saga", "undo").end();

say(`\nThe logs are in ${join(folder, "ttm", "txns")}`);
