import { openServices, type Services, type UsageSample } from "@tetra/tsm";
import { expect, it } from "vitest";
import { looker } from "./look.ts";

/** Services of nobody's, whose looks are told. */
function told(looks: readonly { generation: number; sample: UsageSample }[]): Services {
  const real = openServices({ folder: "/nowhere/at/all" });
  let at = -1;
  return {
    ...real,
    observe(name) {
      at += 1;
      const { generation = 0 } = looks[at] ?? {};
      const meta = { name, generation, restart_policy: { restart: "no" } };
      const observed = { state: "online", main: { pid: 1, start: "1" }, startedAtMs: 0 };
      // only the fields that a look is made of
      return Object({ meta, observed, status: "online" });
    },
    usages: (services) =>
      new Map(
        services.flatMap(({ meta: { name } }) => {
          const now = looks[at]?.sample;
          return now === undefined ? [] : [[name, now]];
        }),
      ),
  };
}

const sample = (atMs: number, cpuMs: number): UsageSample => ({
  atMs,
  cpuMs,
  memoryBytes: 1,
  processes: 1,
});

it("tells the average first, then what was used since the look before, anew for each run", () => {
  const looking = looker(
    told([
      { generation: 1, sample: sample(1000, 100) },
      { generation: 1, sample: sample(2000, 600) },
      { generation: 2, sample: sample(4000, 400) },
    ]),
    { now: () => 0 },
  );

  const cpu = [1, 2, 3].map(() => looking.look(["a"])[0]?.cpu);

  expect(cpu).toEqual([10, 50, 10]);
});

it("leaves out what was removed meanwhile", () => {
  const looking = looker(openServices({ folder: "/nowhere/at/all" }), { now: () => 0 });

  expect(looking.look(["gone"])).toEqual([]);
});

it("tells of no use where nothing was seen of the processes", () => {
  const nothing = { ...sample(1000, 0), memoryBytes: 0 };
  const looking = looker(told([{ generation: 1, sample: nothing }]), { now: () => 0 });

  expect(looking.look(["a"])).toMatchObject([{ cpu: null, memory: null }]);
});
