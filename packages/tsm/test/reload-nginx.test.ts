import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findGroup, type Nginx, onPort, openNginx, reload, scale } from "../src/instances/index.ts";
import type { ServiceSpec } from "../src/run/service-spec.ts";
import {
  freePorts,
  hasNginx,
  type PrivateNginx,
  programs,
  startNginx,
  type WorkerUser,
} from "./private-nginx.ts";
import { steadyTraffic } from "./steady-traffic.ts";
import {
  PATIENCE_MS,
  refusal,
  specOf,
  type Temporary,
  temporaryServices,
} from "./temporary-services.ts";

const MISSING = !hasNginx && process.env["TETRA_REQUIRE_TOOLS"] !== "1";
const SERVER = join(import.meta.dirname, "fixtures/web-server.mjs");

interface World extends Temporary {
  readonly nginx: Nginx;
  readonly proxy: PrivateNginx;
  /** Where nginx listens. */
  readonly front: number;
  readonly specs: readonly ServiceSpec[];
  readonly fresh: (name: string) => Promise<ServiceSpec | undefined>;
  /** What restarts get besides. */
  readonly environment: Record<string, string>;
}

async function world(count: number, { user }: { readonly user?: WorkerUser } = {}): Promise<World> {
  const temporary = temporaryServices();
  const { folder, services } = temporary;
  const proxy = await startNginx(folder, user === undefined ? {} : { user });
  const [front = 0, ...ports] = (await freePorts(count + 3)).slice(0, count + 1); // two to grow into
  const specs = ports.map((port, instance) => {
    const place = count === 1 ? {} : { group: "web", instance };
    return onPort(specOf(`web-${port}`, [process.execPath, SERVER], place), port);
  });
  for (const spec of specs) await services.start(spec);
  const nginx = openNginx({ folder, services, run: programs });
  const environment: Record<string, string> = {};
  return {
    ...temporary,
    nginx,
    proxy,
    front,
    specs,
    environment,
    async fresh(name) {
      const spec = specs.find((one) => one.name === name);
      return spec === undefined
        ? undefined
        : { ...spec, environment: { ...spec.environment, ...environment } };
    },
  };
}

async function install({ nginx, services, specs, front, proxy }: World): Promise<string> {
  const { name } = findGroup(services, specs[0]?.name ?? "");
  const site = { name, domain: "web.test", listen: `127.0.0.1:${front}` };
  await nginx.install([site], { conf: proxy.conf });
  return name;
}

it.skipIf(MISSING).each([1, 3])(
  "no request fails while %i are reloaded, kept connections or not (needs nginx)",
  async (count) => {
    const there = await world(count);
    const group = await install(there);
    const traffic = steadyTraffic(there.front, 6);
    await expect.poll(() => traffic.answers().length).toBe(count);
    there.environment["RELEASE"] = "two";

    const { promise, restarted, steering, cut } = await reload(there, group);
    const { requests, failures, answers } = await traffic.end();

    expect(failures).toEqual({});
    expect({ promise, steering, cut }).toEqual({
      promise: "no-request-fails",
      steering: "switches",
      cut: {},
    });
    expect(restarted.map(({ meta }) => meta.name)).toEqual(there.specs.map(({ name }) => name));
    expect(Object.keys(answers).length).toBeGreaterThan(count);
    expect(requests).toBeGreaterThan(100);
    expect(there.services.names()).toEqual(there.specs.map(({ name }) => name).toSorted());
  },
  PATIENCE_MS,
);

it.skipIf(MISSING)(
  "where nginx's workers cannot see our files it is reloaded, and no request on a new connection fails (needs nginx)",
  async () => {
    const there = await world(2, { user: "nobody" });
    const group = await install(there);
    const traffic = steadyTraffic(there.front, 6, ["new"]);
    await expect.poll(() => traffic.answers().length).toBe(2);

    const { promise, steering } = await reload(there, group);
    const { failures } = await traffic.end();

    expect(failures).toEqual({});
    expect(promise).toBe("no-request-fails");
    expect(steering).toBe(process.getuid?.() === 0 ? "reload" : "switches");
  },
  PATIENCE_MS,
);

it.skipIf(MISSING).each([1, 2])(
  "a reloader that dies at any step of reloading %i leaves working traffic, and reloading again finishes (needs nginx)",
  async (count) => {
    const there = await world(count);
    const group = await install(there);
    const traffic = steadyTraffic(there.front, 3);
    await expect.poll(() => traffic.answers().length).toBe(count);
    const died = new Error("died");
    const dieAt = (last: number) => {
      let step = 0;
      const onStep = (): void => {
        if (step === last) throw died;
        step += 1;
      };
      return reload({ ...there, onStep }, group).catch((error: unknown) => error);
    };

    let result: unknown = died;
    for (let last = 0; result === died; last += 1) result = await dieAt(last);
    await reload(there, group);
    const { failures } = await traffic.end();

    expect(failures).toEqual({});
    expect(there.services.names()).toEqual(there.specs.map(({ name }) => name).toSorted());
    expect((await there.nginx.status()).sites).toEqual([
      expect.objectContaining({ isCurrent: true, out: [] }),
    ]);
  },
  PATIENCE_MS,
);

it.skipIf(MISSING)(
  "a release that does not start stops the reload, and the others carry the traffic until it is mended (needs nginx)",
  async () => {
    const there = await world(2);
    const group = await install(there);
    const traffic = steadyTraffic(there.front, 3);
    await expect.poll(() => traffic.answers().length).toBe(2);
    there.environment["BROKEN"] = "1";

    const error = await refusal(reload(there, group));
    const synced = await there.nginx.sync();
    const out = (await there.nginx.status()).sites[0]?.out;
    delete there.environment["BROKEN"];
    await reload(there, group);
    const { failures } = await traffic.end();

    expect(error.code).toBe("RELOAD_STOPPED");
    expect(error.details).toEqual({ name: there.specs[0]?.name });
    expect(synced.nginx).toBe("unchanged");
    expect(out).toEqual([there.specs[0]?.port]); // not put back before it is up
    expect(failures).toEqual({});
    expect(findGroup(there.services, group).instances.map(({ isUp }) => isUp)).toEqual([
      true,
      true,
    ]);
  },
  PATIENCE_MS,
);

it.skipIf(MISSING)(
  "a stand-in that does not get ready leaves everything as it was (needs nginx)",
  async () => {
    const there = await world(1);
    const group = await install(there);
    const before = there.services.observe(group).meta.generation;
    there.environment["BROKEN"] = "1";

    const error = await refusal(reload(there, group));

    expect(error.code).toBe("STAND_IN_FAILED");
    expect(there.services.observe(group).meta.generation).toBe(before);
    expect(there.services.names()).toEqual([group]);
  },
  PATIENCE_MS,
);

it.skipIf(MISSING)(
  "scaling up and down loses no request on a new connection (needs nginx)",
  async () => {
    const there = await world(1);
    const group = await install(there);
    const traffic = steadyTraffic(there.front, 3, ["new"]);
    await expect.poll(() => traffic.answers().length).toBe(1);

    const up = await scale(there, group, 3);
    await expect.poll(() => traffic.answers().length).toBe(3);
    const down = await scale(there, group, 1);
    const { failures } = await traffic.end();

    expect(failures).toEqual({});
    expect(up.added).toHaveLength(2);
    expect(down.removed).toEqual(up.added.toReversed());
    expect(there.services.names()).toEqual([group]);
  },
  PATIENCE_MS,
);

it.skipIf(MISSING)(
  "installing adds one line to the nginx.conf, and uninstalling takes it away (needs nginx)",
  async () => {
    const there = await world(1);
    const { conf, confText } = there.proxy;
    const before = confText();

    const group = await install(there);
    const during = confText();
    const { isIncluded, pid } = await there.nginx.status();
    const { nginx } = await there.nginx.uninstall([group]);

    const added = during.split("\n").filter((line) => !before.split("\n").includes(line));
    expect(added).toHaveLength(1);
    expect(added[0]).toContain("/nginx/conf.d/*.conf");
    expect(isIncluded).toBe(true);
    expect(pid).toBeGreaterThan(1);
    expect(nginx).toBe("reloaded");
    expect(confText()).toBe(before);
    expect(statSync(conf).mode & 0o777).toBe(0o640);
    expect((await refusal(there.nginx.uninstall([group]))).code).toBe("SITE_NOT_FOUND");
  },
  PATIENCE_MS,
);

it.skipIf(MISSING)(
  "what nginx refuses is put back, and nginx goes on with what it had (needs nginx)",
  async () => {
    const there = await world(1);
    const group = await install(there);
    const before = there.proxy.confText();
    const site = { name: group, domain: "web.test", listen: `127.0.0.1:${there.front}` };
    const conf = join(there.folder, "nginx/conf.d", `${group}.conf`);
    const text = readFileSync(conf, "utf8");
    const template =
      "{{UPSTREAMS}}\nserver { {{ROUTING}} server_name {{DOMAIN_NAME}}; nonsense 1; }\n";

    const error = await refusal(there.nginx.install([{ ...site, template }]));
    const traffic = steadyTraffic(there.front, 1);
    await expect.poll(() => traffic.answers().length).toBe(1);
    const { failures } = await traffic.end();

    expect(error.code).toBe("NGINX_REFUSED");
    expect(error.message).toContain('unknown directive "nonsense"');
    expect(readFileSync(conf, "utf8")).toBe(text);
    expect(there.proxy.confText()).toBe(before);
    expect(await there.nginx.test()).toContain("test is successful");
    expect(failures).toEqual({});
  },
  PATIENCE_MS,
);

it.skipIf(MISSING)(
  "the upstream follows what is stopped and started, and what a writer that died has left is read (needs nginx)",
  async () => {
    const there = await world(2);
    await install(there);
    const [first, second] = there.specs;
    const ports = async (): Promise<unknown> => (await there.nginx.status()).sites[0]?.ports;

    await there.services.stop(second?.name ?? "");
    const stopped = await there.nginx.sync();
    const portsThen = await ports();
    await there.services.stop(first?.name ?? "");
    await there.nginx.sync();
    const traffic = steadyTraffic(there.front, 1, ["new"]);
    const unchanged = await there.nginx.sync();
    writeFileSync(join(there.folder, "nginx/pending"), "");
    const again = await there.nginx.sync();
    const { failures } = await traffic.end();

    expect(stopped.nginx).toBe("reloaded");
    expect(portsThen).toEqual([first?.port]);
    expect(Object.keys(failures)).toEqual(
      expect.arrayContaining([expect.stringContaining("status 503")]),
    );
    expect(unchanged).toEqual({ changed: [], nginx: "unchanged" });
    expect(again).toEqual({ changed: [], nginx: "reloaded" });
    expect(existsSync(join(there.folder, "nginx/pending"))).toBe(false);
  },
  PATIENCE_MS,
);

it("without nginx, a reload says what it can promise", async () => {
  const { folder, services } = temporaryServices();
  await services.start(specOf("tick", ["sleep", "60"]));

  const { promise, restarted } = await reload(
    { folder, services, fresh: async () => undefined },
    "tick",
  );

  expect(promise).toBe("gap");
  expect(restarted.map(({ meta }) => meta.restarts)).toEqual([1]);
});

it("two reloads of one group at once: one does it, the other is refused", async () => {
  const { folder, services } = temporaryServices();
  await services.start(specOf("tick", ["sleep", "60"]));
  const options = { folder, services, fresh: async () => undefined };

  const results = await Promise.allSettled([reload(options, "tick"), reload(options, "tick")]);

  expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(results).toContainEqual({
    status: "rejected",
    reason: expect.objectContaining({ code: "GROUP_BUSY" }),
  });
});

it.skipIf(MISSING).each([1, 2])(
  "an instance of %i gets traffic again only when it listens, however late (needs nginx)",
  async (count) => {
    const there = await world(count);
    const group = await install(there);
    const traffic = steadyTraffic(there.front, 3);
    await expect.poll(() => traffic.answers().length).toBe(count);
    there.environment["LATE"] = "1500"; // a start waits one second for the port

    await reload(there, group);
    const { failures } = await traffic.end();

    expect(failures).toEqual({});
  },
  PATIENCE_MS,
);
