import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { openServices, systemClock, systemPlatform } from "../src/index.ts";
import {
  allocateNamedPort,
  claimPort,
  fixPortConflicts,
  importPorts,
  lookAtPorts,
  type PortStore,
  type PortWorld,
  portStore,
  readLedger,
  readPortsConfig,
  reconcilePorts,
  removeNamedPort,
  reservePorts,
  scanIntoLedger,
  scanPorts,
  setNamedPort,
} from "../src/ports/index.ts";
import { ledgerKeeper } from "../src/ports/keep-ledger.ts";
import { fakeClock } from "./fake-clock.ts";
import { fakePlatform } from "./fake-platform.ts";
import {
  PATIENCE_MS,
  refusal,
  specOf,
  temporaryFolder,
  temporaryServices,
} from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });
const NODE = process.execPath;
const platform = systemPlatform();

function temporaryPorts(config?: string): PortWorld & { readonly path: string } {
  const folder = join(temporaryFolder(), "tsm");
  const store = portStore(folder);
  if (config !== undefined) {
    mkdirSync(dirname(store.config), { recursive: true });
    writeFileSync(store.config, config);
  }
  return { store, services: openServices({ folder }), platform, path: store.config };
}

async function listen(port = 0): Promise<number> {
  const server = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

const serving = (port: number): readonly string[] => [
  NODE,
  "-e",
  `require("net").createServer().listen(${port}, "127.0.0.1")`,
];

/** Runs a piece of the library in a process of its own. */
async function inProcess(script: string): Promise<string> {
  const child = spawn(NODE, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const printed: string[] = [];
  child.stdout.on("data", (bytes: Buffer) => printed.push(bytes.toString()));
  await once(child, "close");
  return printed.join("");
}

it("20 processes that allocate at once get 20 ports", async () => {
  const { store, path } = temporaryPorts(
    "[ports]\nfirst = 47001\n[port_ranges]\nx = [47000, 47100]\n",
  );
  const dist = join(import.meta.dirname, "../dist");
  const script = (name: string): string => `
    import { openServices, systemPlatform } from "${dist}/index.js";
    import { allocateNamedPort, portStore } from "${dist}/ports/index.js";
    const folder = ${JSON.stringify(join(dirname(dirname(path)), "tsm"))};
    const world = { store: portStore(folder), services: openServices({ folder }), platform: systemPlatform() };
    console.log(await allocateNamedPort(world, "${name}"));`;

  const ports = await Promise.all(
    Array.from({ length: 20 }, async (_, at) => Number(await inProcess(script(`service-${at}`)))),
  );

  expect(new Set(ports).size).toBe(20);
  expect(ports).not.toContain(47_001);
  expect(new Set(readPortsConfig(store).ports.values())).toEqual(new Set([47_001, ...ports]));
});

it("allocation skips what listens, what a service declares, what is reserved and what is named", async () => {
  const listening = await listen();
  const world = temporaryPorts(`[ports]
named = ${listening + 1}
[port_ranges]
x = [${listening}, ${listening + 20}]
[reserved]
mine = [${listening + 2}]
`);
  onTestFinished(async () => {
    await world.services.remove("web", { timeoutMs: 0 });
  });
  await world.services.start(specOf("web", "sleep 60", { port: listening + 3 }));

  const port = await allocateNamedPort(world, "new");

  expect(port).toBeGreaterThan(listening + 3);
  expect(await allocateNamedPort(world, "new")).toBe(port);
  expect((await refusal(allocateNamedPort(world, "other", "moon"))).code).toBe("INVALID_PORT");
});

it("ports that are held for the moment are not given twice, until their holder has died", async () => {
  const world = temporaryPorts();
  const wish = { name: "web", count: 3, from: 47_200, to: 47_210 };

  const first = await reservePorts(world, wish);
  const second = await reservePorts(world, { ...wish, name: "api" });

  expect(new Set([...first, ...second]).size).toBe(6);
  const line = `${first[0]}|web|${process.pid}|`;
  expect(readFileSync(world.store.allocations, "utf8")).toContain(line);
  expect((await refusal(reservePorts(world, { ...wish, count: 30 }))).code).toBe("NO_FREE_PORT");

  // long before this process began, so the pid was another's
  const stale = first.map((port) => `${port}|web|${process.pid}|1000\n`).join("");
  writeFileSync(world.store.allocations, stale);
  expect(await reservePorts(world, wish)).toEqual(first);
});

it("setting and removing change one line of a person's file, through a link, and keep its mode", async () => {
  const { store, path } = temporaryPorts();
  const real = join(temporaryFolder(), "shared.toml");
  writeFileSync(real, "# ours\n[ports]\nweb = 4000 # the site\n");
  chmodSync(real, 0o644);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(real, path);

  expect(await setNamedPort(store, "web", 4001)).toBe(4000);
  expect(await setNamedPort(store, "api", 4002)).toBeUndefined();

  expect(readFileSync(real, "utf8")).toBe("# ours\n[ports]\nweb = 4001 # the site\napi = 4002\n");
  expect(statSync(real).mode & 0o777).toBe(0o644);
  expect(await removeNamedPort(store, "web")).toBe(4001);
  expect((await refusal(removeNamedPort(store, "web"))).code).toBe("NAMED_PORT_NOT_FOUND");
});

it.each([
  ["another name has it", "b", 4000, "PORT_ASSIGNED"],
  ["it is reserved", "b", 5432, "PORT_ASSIGNED"],
  ["it is no port", "b", 70_000, "INVALID_PORT"],
  ["the name is empty", " ", 4001, "INVALID_PORT"],
])("a port is not set when %s", async (_why, name, port, code) => {
  const { store, path } = temporaryPorts("[ports]\na = 4000\n");

  expect((await refusal(setNamedPort(store, name, port))).code).toBe(code);
  expect(readFileSync(path, "utf8")).toBe("[ports]\na = 4000\n");
});

it("importing takes names over and says of each what became of it", async () => {
  const { store } = temporaryPorts("[ports]\na = 4000\nb = 4001\nsame = 4005\n");

  const report = await importPorts(
    store,
    "[ports]\nb = 4002\nc = 4003\nd = 4000\nsame = 4005\n",
    "x",
  );

  expect(report).toEqual({
    added: ["c"],
    changed: ["b"],
    unchanged: ["same"],
    refused: [{ name: "d", port: 4000, other: "a" }],
  });
  expect(Object.fromEntries(readPortsConfig(store).ports)).toEqual({
    a: 4000,
    b: 4002,
    same: 4005,
    c: 4003,
  });
});

it("fixing conflicts moves only what must be moved", async () => {
  const world = temporaryPorts(
    "[ports]\na = 47300\nb = 47300 # second\n[port_ranges]\nx = [47300, 47310]\n",
  );

  const moves = await fixPortConflicts(world);

  expect(moves).toEqual([{ name: "b", from: 47_300, to: 47_301 }]);
  expect(readFileSync(world.path, "utf8")).toContain("a = 47300\nb = 47301 # second\n");
  expect(await fixPortConflicts(world)).toEqual([]);
});

const registered = (store: PortStore): unknown =>
  readLedger(store).map(({ name, declared, actual }) => [name, declared, actual]);

it("a start is registered with what is seen, a scan fills in the rest, a removal takes it out", async () => {
  const { services, folder } = temporaryServices();
  const store = portStore(folder);
  const port = await freePort();
  await services.start(specOf("web", serving(port), { port }));
  const lazy = await services.start(specOf("lazy", "sleep 60", { port: await freePort() }));
  expect(registered(store)).toEqual([
    ["web", port, port],
    ["lazy", lazy.meta.port, undefined],
  ]);
  const keeper = ledgerKeeper(store);
  await keeper.started({ ...services.observe("web").meta, port }, undefined); // as a revival does

  const look = await scanIntoLedger(store, services, platform);

  expect(registered(store)).toEqual([
    ["web", port, port],
    ["lazy", lazy.meta.port, undefined],
  ]);
  const { mismatches, correct } = reconcilePorts(look);
  expect(correct.map(({ name }) => name)).toEqual(["web"]);
  expect(mismatches.map(({ text }) => text)).toEqual([
    `DECLARED port ${lazy.meta.port} but NOTHING listening`,
  ]);
  await services.remove("lazy");
  expect(registered(store)).toEqual([["web", port, port]]);
});

it("a service starts and goes also when the ledger cannot be written", async () => {
  const { services, folder } = temporaryServices();
  const port = await freePort();
  mkdirSync(join(folder, "runtime/ports/registry.tsv"), { recursive: true });

  await services.start(specOf("web", serving(port), { port }));
  await services.remove("web");

  expect(services.names()).toEqual([]);
});

it("the ledger is never trusted: what is not there any more goes, what is missing comes", async () => {
  const { services, folder } = temporaryServices();
  const store = portStore(folder);
  await services.start(specOf("web", "sleep 60"));
  await ledgerKeeper(store).started({ tsm_id: 9, name: "gone", port: 4000, pid: 1 });
  writeFileSync(store.registry, `${readFileSync(store.registry, "utf8")}# a note\n`);

  await scanIntoLedger(store, services, platform);

  expect(registered(store)).toEqual([["web", undefined, undefined]]);
  expect(readFileSync(store.registry, "utf8")).toContain("# a note\n");
});

it("20 services that are registered at once have 20 rows, also by several keepers", async () => {
  const { store } = temporaryPorts();
  const keepers = [ledgerKeeper(store), ledgerKeeper(store)];

  await Promise.all(
    keepers.flatMap((keeper, half) =>
      Array.from({ length: 10 }, (_, at) => {
        const id = half * 10 + at;
        return keeper.started({ tsm_id: id, name: `s${id}`, port: 4000 + id, pid: 2 });
      }),
    ),
  );

  expect(readLedger(store)).toHaveLength(20);
});

it("a listener is known by its service also when it is a child that made a session of its own", async () => {
  const { services } = temporaryServices();
  const port = await freePort();
  const detached = `require("child_process").spawn(${JSON.stringify(NODE)}, ["-e",
    'require("net").createServer().listen(${port}, "127.0.0.1")'], { detached: true, stdio: "ignore" });
    setInterval(() => {}, 1e6)`;
  await services.start(specOf("web", [NODE, "-e", detached], { port }));

  await vi.waitFor(() => expect(platform.listeners(port)).toHaveLength(1), 20_000);
  const found = scanPorts(lookAtPorts(services, platform)).find((one) => one.port === port);

  expect(found).toMatchObject({ state: "online", service: { name: "web" } });
});

it("a claim ends an unmanaged holder, kills it when it does not heed, and refuses services", async () => {
  const { services, folder } = temporaryServices();
  const port = await freePort();
  const stubborn = `process.on("SIGTERM", () => {});
    require("net").createServer().listen(${port}, "127.0.0.1", () => console.log("up"))`;
  const child = spawn(NODE, ["-e", stubborn], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  const claim = { services, platform, folder, clock: systemClock, port, timeoutMs: 100 };

  expect(await claimPort(claim)).toMatchObject({ ended: [{ pid: child.pid }], isKilled: true });
  expect((await refusal(claimPort(claim))).code).toBe("PORT_FREE");

  await services.start(specOf("web", serving(port), { port }));
  expect((await refusal(claimPort(claim))).code).toBe("PORT_MANAGED");
  expect(services.observe("web").observed.state).toBe("online");
});

it("a claim leaves alone what is a service of another TETRA_DIR", async () => {
  const { services, folder } = temporaryServices();
  const port = await freePort();
  const env = { ...process.env, TETRA_DIR: "/another", TETRA_TSM_COOKIE: "theirs" };
  const theirs = spawn(NODE, serving(port).slice(1), { stdio: "ignore", env });
  onTestFinished(() => void theirs.kill("SIGKILL"));
  await vi.waitFor(() => expect(platform.listeners(port)).toHaveLength(1), PATIENCE_MS);

  const claim = { services, platform, folder, clock: systemClock, port };

  expect(await refusal(claimPort(claim))).toMatchObject({
    code: "PORT_MANAGED",
    hint: `stop it there: tsm --dir /another stop ${port}`,
  });
});

it("a holder that cannot be ended is told, and one whose pid went to another is not signalled", async () => {
  const clock = fakeClock();
  const { services, folder } = temporaryServices();
  const stubborn = fakePlatform({ pid: 50, ignores: ["SIGTERM", "SIGKILL"] });
  const other = fakePlatform({ pid: 50 });
  const listening = { listeners: () => [{ port: 3000, pid: 50 }] };
  const claim = { services, folder, clock, port: 3000 };

  const error = await refusal(claimPort({ ...claim, platform: { ...stubborn, ...listening } }));
  expect(error.code).toBe("PORT_NOT_FREED");
  expect(stubborn.sent).toEqual(["50 s50 SIGTERM", "50 s50 SIGKILL"]);

  let looks = 0;
  const reused = {
    ...other,
    ...listening,
    // who is looked at again, right before the signal, is somebody else by then
    process: (pid: number) => {
      looks += 1;
      const found = other.process(pid);
      return looks === 1 || found === undefined ? found : { ...found, start: "later" };
    },
  };
  await claimPort({ ...claim, platform: reused });
  expect(other.sent).toEqual([]);
});

it("reading the books makes nothing", () => {
  const { store, path } = temporaryPorts();

  expect(readLedger(store)).toEqual([]);
  expect(readPortsConfig(store).ports.size).toBe(0);
  expect(existsSync(store.folder) || existsSync(path)).toBe(false);
});
