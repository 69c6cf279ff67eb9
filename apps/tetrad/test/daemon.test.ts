import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { get, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { daemonClient, ensureDaemon } from "@tetra/tsm/supervisor";
import { describe, expect, it, vi } from "vitest";
import { type Box, logOf, specOf, TETRAD, tetradBox } from "./tetrad-box.ts";

const SOON = { timeout: 20_000, interval: 5 };

/** The processes that run this command for a service of this box: none of another run of the tests. */
function copiesOf({ root }: Box, command: string): readonly number[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^[0-9]+$/.test(pid)) return [];
    try {
      const isIt =
        readFileSync(`/proc/${pid}/cmdline`, "utf8") === `${command.replaceAll(" ", "\0")}\0`;
      return isIt && readFileSync(`/proc/${pid}/environ`, "utf8").includes(`BOX=${root}`)
        ? [Number(pid)]
        : [];
    } catch {
      return []; // it has just ended
    }
  });
}

function daemonsOf({ root }: Box): readonly number[] {
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^[0-9]+$/.test(pid)) return [];
    try {
      const isIt = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("tetrad.cjs\0run");
      return isIt && readFileSync(`/proc/${pid}/environ`, "utf8").includes(`TETRA_DIR=${root}\0`)
        ? [Number(pid)]
        : [];
    } catch {
      return [];
    }
  });
}

const sorted = (pids: readonly number[]): readonly number[] => pids.toSorted((a, b) => a - b);

const inBox = ({ root }: Box) => ({
  environment: { PATH: process.env["PATH"] ?? "", BOX: root },
});

function mainOf({ services }: Box, name: string): number {
  return services.observe(name).observed.main?.pid ?? 0;
}

async function untilNewPid(box: Box, name: string, before: number): Promise<void> {
  await vi.waitFor(() => {
    const pid = mainOf(box, name);
    expect(pid !== 0 && pid !== before).toBe(true);
  }, SOON);
}

describe("the command line", () => {
  it("starts, says pid and status, and stops", async () => {
    const { tetrad } = tetradBox();

    const started = await tetrad("start");
    expect(started).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^tetrad started \(pid \d+\)\n$/),
    });
    expect((await tetrad("start")).out).toMatch(/^tetrad runs already \(pid \d+\)\n$/);
    expect((await tetrad("status")).out).toMatch(
      /^tetrad \S+ has run for .+ \(pid \d+\) and looks after 0 services\n$/,
    );
    expect((await tetrad("stop")).out).toMatch(/^tetrad stopped \(pid \d+\); services run on\n$/);

    expect(await tetrad("status")).toMatchObject({
      status: 1,
      err: expect.stringContaining("no daemon looks after"),
    });
    expect((await tetrad("stop")).status).toBe(1);
  });

  it("explains itself, and refuses what it does not know", async () => {
    const { tetrad } = tetradBox();

    expect((await tetrad("--help")).out).toContain("Exit status");
    expect((await tetrad("run", "--help")).out).toContain("in the foreground");
    expect((await tetrad("dance")).status).toBe(64);
    expect((await tetrad("start", "--dance")).status).toBe(64);
  });

  it("says why a start fails, in the daemon's own words", async () => {
    const { tetrad } = tetradBox({ TMPDIR: `/tmp/${"x".repeat(120)}`, XDG_RUNTIME_DIR: "" });

    const { status, err } = await tetrad("start");

    expect(status).toBe(1);
    expect(err).toContain("the path of the socket has");
    expect(err).toContain("XDG_RUNTIME_DIR");
  });

  it("is one, however many start it at once", async () => {
    const box = tetradBox();

    const all = await Promise.all(Array.from({ length: 20 }, () => box.tetrad("start")));

    expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 0));
    expect(new Set(all.map(({ out }) => /pid (\d+)/.exec(out)?.[1])).size).toBe(1);
    expect(daemonsOf(box)).toHaveLength(1);
  });

  it("is one, however many make sure of it at once, and none waits", async () => {
    const box = tetradBox();

    const begun = Array.from({ length: 20 }, () =>
      ensureDaemon(box.folder, { tetradPath: TETRAD }),
    );
    await vi.waitFor(
      async () => expect(await box.tetrad("status")).toMatchObject({ status: 0, err: "" }),
      SOON,
    );

    expect(begun.filter(Boolean)).toHaveLength(1);
    expect(daemonsOf(box)).toHaveLength(1);
    expect((await box.tetrad("run")).status).toBe(1);
  });

  it("ends by itself when its folder is removed, and does not bring it back", async () => {
    const box = tetradBox();
    ensureDaemon(box.folder, { tetradPath: TETRAD });
    await vi.waitFor(() => expect(logOf(box.folder)).toContain("looks after"), SOON);

    renameSync(box.root, `${box.root}.away`);
    rmSync(`${box.root}.away`, { recursive: true });

    await vi.waitFor(() => expect(daemonsOf(box)).toEqual([]), SOON);
    expect(existsSync(box.root)).toBe(false);
  });
});

describe("looking after services", () => {
  it("restarts what dies, also what was started before it, and notes how it died", async () => {
    const box = tetradBox();
    await box.services.start(specOf("early", ["sleep", "10000"]));
    await box.tetrad("start");
    await box.services.start(specOf("late", ["sleep", "10000"]));

    for (const name of ["early", "late"]) {
      const before = mainOf(box, name);
      process.kill(before, "SIGKILL");
      await untilNewPid(box, name, before);
    }

    const ends = box.history().filter(({ event }) => event === "ended");
    expect(ends).toMatchObject([
      { name: "early", generation: 1, signal: "SIGKILL" },
      { name: "late", generation: 1, signal: "SIGKILL" },
    ]);
  });

  it("knows how something ended while no daemon lived, once, and starts it again", async () => {
    const box = tetradBox();
    await box.tetrad("start");
    const command = "trap 'exit 3' USR1; while :; do sleep 0.05; done";
    await box.services.start(specOf("web", ["sh", "-c", command]));
    const before = mainOf(box, "web");
    process.kill(await box.pid(), "SIGKILL");
    await vi.waitFor(() => expect(daemonsOf(box)).toEqual([]), SOON);
    process.kill(before, "SIGUSR1");
    await vi.waitFor(() => expect(box.services.observe("web").observed.exit).toBeDefined(), SOON);

    await box.tetrad("start");
    await untilNewPid(box, "web", before);

    const ends = box.history().filter(({ event, name }) => event === "ended" && name === "web");
    expect(ends).toMatchObject([{ generation: 1, code: 3, signal: null }]);
  });

  it("leaves services alone when it ends, and finds them again", async () => {
    const box = tetradBox();
    await box.tetrad("start");
    await box.services.start(specOf("web", ["sleep", "10000"]));
    const before = mainOf(box, "web");

    await box.tetrad("stop");
    await box.tetrad("start");

    expect(mainOf(box, "web")).toBe(before);
    expect((await daemonClient(box.folder).services()).services).toMatchObject([
      { name: "web", status: "online", pid: before, generation: 1 },
    ]);
  });

  it("notices within seconds the end of a service whose shim was killed", async () => {
    const box = tetradBox();
    await box.tetrad("start");
    const { observed } = await box.services.start(specOf("web", ["sleep", "10000"]));
    process.kill(observed.shim?.pid ?? 0, "SIGKILL");
    process.kill(observed.main?.pid ?? 0, "SIGKILL");

    await untilNewPid(box, "web", observed.main?.pid ?? 0);

    const ends = box.history().filter(({ event }) => event === "ended");
    expect(ends).toMatchObject([
      { code: null, signal: null, reason: expect.stringContaining("shim") },
    ]);
  });

  it("does not start again what a person stopped or removed", async () => {
    const box = tetradBox();
    await box.tetrad("start");
    for (const name of ["web", "api"]) {
      await box.services.start(specOf(name, ["sleep", "4321"], inBox(box)));
    }

    await box.services.stop("web");
    await box.services.remove("api");
    await box.services.start(specOf("api", ["sleep", "4321"], inBox(box)));
    const before = mainOf(box, "api");
    process.kill(before, "SIGKILL");
    await untilNewPid(box, "api", before); // the folder of the same name is another: it is watched anew

    expect(copiesOf(box, "sleep 4321")).toEqual([mainOf(box, "api")]);
  });

  it("restarts what watches files when they change, but not for what it ignores", async () => {
    const box = tetradBox();
    const source = join(box.root, "source");
    mkdirSync(join(source, "node_modules/x"), { recursive: true });
    writeFileSync(join(source, "a.js"), "1");
    const care = { watch: { paths: [source], ignore: ["*.txt"] } };
    await box.tetrad("start");
    await box.services.start(specOf("web", ["sleep", "10000"], { care }));
    const before = mainOf(box, "web");
    // it is loaded when it is wanted: the first change that counts may come before it watches
    await vi.waitFor(async () => {
      writeFileSync(join(source, "node_modules/x/b.js"), "2");
      writeFileSync(join(source, "notes.txt"), "2");
      writeFileSync(join(source, "a.js"), String(Math.random()));
      await vi.waitFor(() => expect(mainOf(box, "web")).not.toBe(before), { timeout: 1000 });
    }, SOON);

    const change = box.history().find(({ event }) => event === "watch_restart");
    expect(change).toMatchObject({ name: "web", paths: [join(source, "a.js")] });
  });

  it("survives rounds of killing: none lost, none doubled, every end known but a killed shim's", async () => {
    const box = tetradBox();
    const names = Array.from({ length: 8 }, (_, index) => `s${index}`);
    for (const name of names) {
      await box.services.start(specOf(name, ["sleep", "8765"], inBox(box)));
    }
    await box.tetrad("start");
    let seed = 42;
    const chance = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 16) % below; // its low bits repeat
    };
    const lostShims = new Set<string>();
    for (let round = 0; round < 10; round += 1) {
      const [daemon = 0] = daemonsOf(box);
      const starting = box.tetrad("start"); // a starter that may find its daemon dying
      for (const name of names) {
        const { meta, observed } = box.services.observe(name);
        const what = chance(4);
        const victims =
          [[], [observed.main], [observed.shim], [observed.shim, observed.main]][what] ?? [];
        if (what >= 2) lostShims.add(`${name} ${meta.generation}`);
        for (const victim of victims) {
          if (victim !== undefined) process.kill(victim.pid, "SIGKILL");
        }
        if (chance(names.length) === 0 && daemon !== 0 && daemonsOf(box).includes(daemon)) {
          process.kill(daemon, "SIGKILL");
        }
      }
      await starting;
      await box.tetrad("start");
      await vi.waitFor(() => {
        expect(
          names.filter((name) => box.services.observe(name).observed.state !== "online"),
        ).toEqual([]);
      }, SOON);
      // its pid is noted before it becomes the command
      await vi.waitFor(() => {
        expect(sorted(copiesOf(box, "sleep 8765"))).toEqual(
          sorted(names.map((name) => mainOf(box, name))),
        );
      }, SOON);
    }

    const ends = box.history().filter(({ event }) => event === "ended");
    const keys = ends.map(({ name, generation }) => `${String(name)} ${String(generation)}`);
    expect(new Set(keys).size).toBe(keys.length);
    // a daemon that was killed before its spawn began a run that never ran
    const unknown = ends.filter(
      ({ code, signal, reason }) =>
        code === null &&
        signal === null &&
        reason !== "its start was interrupted before the command ran",
    );
    expect(
      unknown.filter(
        ({ name, generation }) => !lostShims.has(`${String(name)} ${String(generation)}`),
      ),
    ).toEqual([]);
  });
});

describe("the socket", () => {
  const socketOf = (box: Box): string => {
    const { socket }: { readonly socket: string } = JSON.parse(
      readFileSync(join(box.folder, "runtime/daemon/tetrad.json"), "utf8"),
    );
    return socket;
  };

  async function ask(
    box: Box,
    headers: Readonly<Record<string, string>>,
    path = "/v1/status",
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    return new Promise((resolve, reject) => {
      const asked = get({ socketPath: socketOf(box), path, headers }, (response) => {
        void text(response).then((body) =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(body) }),
        );
      });
      asked.on("error", reject);
    });
  }

  it("is private, and names its folder in every answer", async () => {
    const box = tetradBox();
    await box.tetrad("start");

    const path = socketOf(box);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
    expect(await ask(box, {})).toMatchObject({ status: 200, body: { tetra_dir: box.root } });
    expect(await ask(box, {}, "/nothing")).toMatchObject({
      status: 404,
      body: { tetra_dir: box.root },
    });
  });

  it("refuses web pages", async () => {
    const box = tetradBox();
    await box.tetrad("start");

    expect((await ask(box, { origin: "http://evil.example" })).status).toBe(403);
    expect((await ask(box, { host: "evil.example" })).status).toBe(403);
    expect((await ask(box, { host: "localhost" })).status).toBe(200);
  });

  it("refuses to be ended by what only reads", async () => {
    const box = tetradBox();
    await box.tetrad("start");

    expect((await ask(box, {}, "/v1/stop")).status).toBe(405);
    expect(await box.tetrad("status")).toMatchObject({ status: 0, err: "" });
  });

  it("tells what happens as it happens", async () => {
    const box = tetradBox();
    await box.tetrad("start");
    const controller = new AbortController();
    const seen: string[] = [];
    const listening = (async () => {
      for await (const { event, name, state } of daemonClient(box.folder).events(
        controller.signal,
      )) {
        seen.push([event, name, state].filter(Boolean).join(" "));
      }
    })();
    await vi.waitFor(() => expect(seen).toContain("hello"), SOON);

    await box.services.start(specOf("web", ["sleep", "10000"]));
    await vi.waitFor(() => expect(seen).toContain("state web online"), SOON);
    await box.services.remove("web");
    await vi.waitFor(() => expect(seen).toContain("state web removed"), SOON);
    controller.abort();
    await listening;

    expect(seen[0]).toBe("hello");
  });

  it("is not blocked by somebody who connects and says nothing", async () => {
    const box = tetradBox();
    await box.tetrad("start");
    const silent = request({ socketPath: socketOf(box), path: "/v1/status" });
    silent.on("error", () => {});
    silent.flushHeaders();

    expect(await box.tetrad("status")).toMatchObject({ status: 0, err: "" });
    silent.destroy();
    expect(logOf(box.folder)).not.toContain("Error");
  });
});
