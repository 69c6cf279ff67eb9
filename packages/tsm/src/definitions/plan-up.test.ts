import { isTetraError } from "@tetra/errors";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DependencyCondition } from "../care/service-care.ts";
import type { Launched } from "../launch/launch-difference.ts";
import { type Existing, planDown, planUp, type Step, type Wanted } from "./plan-up.ts";

function spec(command: string, more: Partial<Launched> = {}): Launched {
  return { command, cwd: "/", environment: {}, ...more };
}

const SOURCE = "/srv/tsm.yaml";

function wanted(name: string, more: Partial<Wanted> = {}): Wanted {
  return { name, definition: name, dependsOn: [], isEnabled: true, spec: spec(name), ...more };
}

function existing(name: string, more: Partial<Existing> = {}): Existing {
  return { name, state: "up", source: SOURCE, dependsOn: [], spec: spec(name), ...more };
}

function needs(
  name: string,
  condition: DependencyCondition = "started",
): Pick<Wanted, "dependsOn"> {
  return { dependsOn: [{ name, condition }] };
}

function actions(steps: readonly Step[]): readonly string[] {
  return steps.map(({ action, name }) => `${action} ${name}`);
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isTetraError(error)) return `${error.code}: ${error.message}`;
  }
  return "was not refused";
}

describe("bringing a file up", () => {
  it("starts what is missing, restarts what differs, stops what is gone, leaves the rest", () => {
    const steps = planUp({
      source: SOURCE,
      wanted: [
        wanted("web", needs("api")),
        wanted("api", { spec: spec("api", { port: 2 }) }),
        wanted("db"),
      ],
      existing: [
        existing("api", { spec: spec("api", { port: 1, prehook: "x" }) }),
        existing("db"),
        existing("old"),
        existing("other", { source: "/elsewhere/tsm.yaml" }),
        existing("mine", { source: undefined }),
        existing("stopped", { state: "down" }),
      ],
    });

    expect(actions(steps)).toEqual(["stop old", "restart api", "unchanged db", "start web"]);
    expect(steps[1]?.differences).toEqual([
      { what: "port", before: "1", after: "2" },
      { what: "prehook", before: "x" },
    ]);
  });

  it("leaves what is not enabled as it is, unless it is named", () => {
    const input = {
      source: SOURCE,
      wanted: [
        wanted("job", { isEnabled: false, ...needs("db") }),
        wanted("db"),
        wanted("tool", { isEnabled: false, spec: spec("new") }),
      ],
      existing: [existing("tool")],
    };

    expect(actions(planUp(input))).toEqual(["start db", "restart tool"]);
    expect(actions(planUp({ ...input, only: ["job"] }))).toEqual(["start db", "start job"]);
    expect(refusal(() => planUp({ ...input, only: ["jbo"] }))).toContain('no service "jbo"');
  });

  it("runs what has completed again only for those that wait for it", () => {
    const migrate = existing("migrate", { state: "completed" });
    const file = [wanted("api", needs("migrate", "completed")), wanted("migrate")];

    const first = planUp({ source: SOURCE, wanted: file, existing: [migrate] });
    const second = planUp({ source: SOURCE, wanted: file, existing: [migrate, existing("api")] });

    expect(actions(first)).toEqual(["start migrate", "start api"]);
    expect(actions(second)).toEqual(["unchanged migrate", "unchanged api"]);
  });

  it("does not take over what another file runs, but may what ended", () => {
    const plan = (state: Existing["state"]): readonly Step[] =>
      planUp({
        source: SOURCE,
        wanted: [wanted("api")],
        existing: [existing("api", { state, source: "/b/tsm.yaml" })],
      });

    expect(refusal(() => plan("up"))).toBe("NAME_TAKEN: api runs, as /b/tsm.yaml defines it");
    expect(actions(plan("down"))).toEqual(["start api"]);
  });
});

describe("taking a file down", () => {
  it("stops what it defines and what it has defined, and nothing else", () => {
    const input = {
      source: SOURCE,
      defined: ["api", "db", "byhand"].map((name) => ({ name, processes: [name] })),
      existing: [
        existing("api"),
        existing("db", { state: "down" }),
        existing("old"),
        existing("byhand", { source: undefined }),
        existing("other", { source: "/b/tsm.yaml" }),
        existing("stranger", { source: undefined }),
      ],
    };

    expect(actions(planDown(input))).toEqual(["stop api", "stop old", "stop byhand"]);
    expect(actions(planDown({ ...input, only: ["api"] }))).toEqual(["stop api"]);
  });
});

const NAMES = ["a", "b", "c", "d", "e"];
const anySpec = fc.constantFrom("x", "y").map((command) => spec(command));
const anyCondition = fc.constantFrom("started" as const, "healthy" as const, "completed" as const);
/** Each depends only on those before it in the alphabet. */
const anyWanted = fc
  .tuple(
    ...NAMES.map((name, index) =>
      fc.record({
        name: fc.constant(name),
        definition: fc.constant(name),
        isEnabled: fc.boolean(),
        spec: anySpec,
        dependsOn: fc
          .subarray(NAMES.slice(0, index))
          .chain((needed) =>
            fc.tuple(
              ...needed.map((need) =>
                fc.record({ name: fc.constant(need), condition: anyCondition }),
              ),
            ),
          ),
      }),
    ),
  )
  // nobody may depend on what is not in the file
  .chain((all) => fc.nat(NAMES.length).map((count): readonly Wanted[] => all.slice(0, count)));
const anyExisting = fc
  .tuple(
    ...[...NAMES, "f"].map((name) =>
      fc.record({
        name: fc.constant(name),
        state: fc.constantFrom("up" as const, "completed" as const, "down" as const),
        source: fc.constantFrom(SOURCE, undefined),
        dependsOn: fc.constant([]),
        spec: anySpec,
      }),
    ),
  )
  .chain((all) => fc.subarray(all));

/** The model of the world: what there is after a plan went well; one-shots of `completes` have ended. */
function after(
  steps: readonly Step[],
  {
    wanted: file,
    existing: before,
  }: { readonly wanted: readonly Wanted[]; readonly existing: readonly Existing[] },
  completes: readonly string[],
): readonly Existing[] {
  const world = new Map(before.map((is) => [is.name, is]));
  for (const { name, action } of steps) {
    const want = file.find((one) => one.name === name);
    const is = world.get(name);
    if (action === "stop" && is !== undefined) world.set(name, { ...is, state: "down" });
    if ((action === "start" || action === "restart") && want !== undefined) {
      const state = completes.includes(name) ? "completed" : "up";
      world.set(name, existing(name, { state, spec: want.spec }));
    }
  }
  return [...world.values()];
}

describe("whatever the file says and whatever runs", () => {
  it("there is nothing left to do after a plan was carried out", () => {
    fc.assert(
      fc.property(anyWanted, anyExisting, fc.subarray(NAMES), (file, before, completes) => {
        const input = { source: SOURCE, wanted: file, existing: before };
        const steps = planUp(input);
        const world = after(steps, input, completes);

        const again = planUp({ ...input, existing: world });

        expect(again.filter(({ action }) => action !== "unchanged")).toEqual([]);
      }),
    );
  });

  it("nothing of anybody else is touched, and all that is enabled runs or has completed", () => {
    fc.assert(
      fc.property(anyWanted, anyExisting, (file, before) => {
        const input = { source: SOURCE, wanted: file, existing: before };
        const world = after(planUp(input), input, []);
        const isOurs = (name: string): boolean => file.some((one) => one.name === name);

        for (const is of before.filter(({ name, source }) => !isOurs(name) && source !== SOURCE)) {
          expect(world).toContain(is);
        }
        for (const want of file.filter(({ isEnabled }) => isEnabled)) {
          const is = world.find(({ name }) => name === want.name);
          expect([is?.state === "down", is?.spec]).toEqual([false, want.spec]);
        }
        const defined = file.map(({ name }) => ({ name, processes: [name] }));
        const left = after(
          planDown({ source: SOURCE, defined, existing: world }),
          { wanted: file, existing: world },
          [],
        );
        expect(left.filter(({ name, state }) => state === "up" && isOurs(name))).toEqual([]);
      }),
    );
  });
});
