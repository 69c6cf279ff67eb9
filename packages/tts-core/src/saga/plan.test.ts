import { describe, expect, it } from "vitest";
import { checkDefinition } from "./check-definition.ts";
import type { SagaDefinition, SagaNode } from "./definition.ts";
import { mermaidOf } from "./mermaid.ts";
import { planOf } from "./plan.ts";
import { sagaFromFile } from "./saga-file.ts";

const step = (name: string, more: object = {}): SagaNode => ({
  type: "step",
  name,
  action: `do-${name}`,
  ...more,
});
const undoable = (name: string): SagaNode => step(name, { compensate: { action: `undo-${name}` } });
const saga = (...steps: SagaNode[]): SagaDefinition => ({ name: "s", steps });
const lines = (definition: unknown): readonly string[] => planOf(checkDefinition(definition)).lines;

const { definition: deploy } = sagaFromFile(
  {
    saga: "deploy",
    vars: { version: { required: true }, token: { secret: "env:TOKEN" } },
    timeout: "1h",
    steps: [
      {
        name: "build",
        run: "make VERSION=${version} TOKEN=${token}",
        undo: { run: ["rm", "-rf", "the build"], timeout: "1m" },
        retry: { attempts: 3, first: "1s", max: "30s" },
        timeout: "5m",
      },
      {
        parallel: "push",
        steps: [
          { name: "api", run: ["push", "${steps.build.stdout}"], undo: "pull api", on: "@web1" },
          {
            saga: "web",
            timeout: "90s",
            steps: [
              { name: "pack", run: "pack", undo: "unpack" },
              { name: "ship", run: "ship", undo: "unship" },
            ],
          },
        ],
      },
      { approval: "go-live", message: "release ${version}?", timeout: "1d" },
      { sleep: "90s", name: "settle" },
      { until: "2026-01-31T09:30:00Z", name: "window" },
      { signal: "dns" },
      { name: "switch", action: "switch", data: { to: "${version}" }, pivot: true, agent: "ops" },
      { name: "clean", run: "rm -rf old", undo: "true" },
    ],
  },
  { vars: { version: "2.1.0; reboot" } },
);

describe("a plan", () => {
  it("says in plain language what is done, what undoes it and where there is no way back", () => {
    expect(planOf(deploy).lines).toEqual([
      "deploy: 10 steps, no longer than 1h",
      "  1. build: make VERSION='2.1.0; reboot' TOKEN=(secret env:TOKEN)",
      "     up to 3 attempts, up to 1s apart, then up to 30s, each no longer than 5m",
      "     undone by rm -rf 'the build' (no longer than 1m)",
      "  2. push: all at the same time",
      "     2.1 api: on @web1: push (build.stdout)",
      "        undone by on @web1: pull api",
      "     2.2 web: one after the other, no longer than 1m 30s",
      "        2.2.1 pack: pack",
      "           undone by unpack",
      "        2.2.2 ship: ship",
      "           undone by unship",
      "  3. go-live: waits until a person approves, no longer than 1d: release 2.1.0; reboot?",
      "  4. settle: waits 1m 30s",
      "  5. window: waits until 2026-01-31T09:30:00Z",
      "  6. dns: waits for the signal dns",
      "  7. switch: ops: switch { to: 2.1.0; reboot }",
      "     pivot: once this is done, there is no way back",
      "  8. clean: rm -rf old",
      "     undone by true",
      "If it fails before switch is done, what was done is undone: push/api and (push/web/ship, then push/web/pack), then build.",
      "After switch, what fails is tried again, and in the end waits for a person.",
      "Nothing undoes switch.",
    ]);
  });

  it("has the same as values", () => {
    expect(planOf(deploy)).toMatchObject({
      name: "deploy",
      pivot: "switch",
      remains: ["switch"],
      undoes: [{ together: [["push/api"], ["push/web/ship", "push/web/pack"]] }, "build"],
    });
    expect(planOf(deploy).steps[1]?.steps[0]).toEqual({
      path: "push/api",
      name: "api",
      type: "step",
      does: "on @web1: push (build.stdout)",
      undo: "on @web1: pull api",
      pivot: false,
      steps: [],
    });
  });

  it("is short for a saga that cannot go back", () => {
    expect(lines(saga(step("a")))).toEqual([
      "s: 1 step",
      "  1. a: do-a",
      "If it fails, there is nothing to undo.",
      "Nothing undoes a.",
    ]);
  });

  it("goes back only to what is before a pivot inside a nested saga", () => {
    const nested: SagaNode = {
      type: "saga",
      name: "n",
      steps: [
        undoable("b"),
        step("p", { pivot: true, compensate: { action: "undo-p" } }),
        undoable("c"),
      ],
    };

    expect(planOf(saga(undoable("a"), nested, undoable("d"))).undoes).toEqual(["n/b", "a"]);
  });

  it("shows data: input where it is known, results and secrets by name", () => {
    const data = {
      to: { $input: ["email"] },
      token: { $input: ["token"] },
      text: { $text: ["Hi ", { $input: ["who", "name"] }, " #", { $result: ["a", "id"] }] },
      key: { $secret: "file:/key" },
      list: [1, null, "x"],
      raw: { $literal: { $input: 1 } },
      none: {},
    };
    const input = { email: "a@b.c", token: { $secret: "env:T" }, who: { name: "Ada" } };
    const shown =
      'token: (secret env:T), text: Hi Ada #(a.id), key: (secret file:/key), list: [1, null, "x"], raw: {"$input":1}, none: {}';

    const [, , told = ""] = lines({ ...saga(step("a"), step("b", { data })), input });

    expect(told).toBe(`  2. b: do-b { to: a@b.c, ${shown}`.slice(0, 127).concat("…"));
    expect(lines(saga(step("a", { data: { to: { $input: ["email"] } } })))[1]).toBe(
      "  1. a: do-a { to: (input.email) }",
    );
  });

  it("keeps to a line each and says nothing to the terminal, whatever texts hold", () => {
    const evil = "a\n\u001B[2Jb\u202Ec";
    const plan = lines({
      ...saga(step("a", { data: { $input: ["x"] } }), {
        type: "approval",
        name: "b",
        message: evil,
      }),
      input: { x: evil },
    });

    expect(plan[1]).toBe("  1. a: do-a a [2Jb c");
    expect(plan[2]).toBe("  2. b: waits until a person approves: a [2Jb c");
  });

  it("names a few steps only where there are very many", () => {
    const many = Array.from({ length: 1000 }, (_, at) => undoable(`s${at}`));

    expect(lines(saga(...many)).at(-1)).toMatch(/: s999, then s998, .*, then 980 more\.$/);
  });
});

describe("a Mermaid chart", () => {
  it("has the way forward in full lines and the way back dashed", () => {
    const group: SagaNode = { type: "parallel", name: "g", steps: [undoable("b"), step("c")] };

    expect(
      mermaidOf(
        planOf(
          saga(undoable("a"), group, step("p", { pivot: true }), {
            type: "sleep",
            name: "z",
            forMs: 1,
          }),
        ),
      ),
    ).toBe(`flowchart TD
  start(["s"])
  done(["done"])
  s1["a<br>do-a"]
  subgraph s2["g<br>all at the same time"]
    s3["b<br>do-b"]
    s4["c<br>do-c"]
  end
  s5{{"p<br>do-p"}}:::pivot
  s6("z<br>waits 1ms")
  s1 --> s3 & s4
  s3 & s4 --> s5
  s5 --> s6
  start --> s1
  s6 --> done
  us1["undo-a"]:::undo
  s1 -.- us1
  us3["undo-b"]:::undo
  s3 -.- us3
  undone(["undone"])
  us3 -.-> us1
  us1 -.-> undone
  classDef pivot stroke-width:4px
  classDef undo stroke-dasharray:4 4
`);
  });

  it("lets no text out of its label", () => {
    const evil = '"]; click x "javascript:alert(1)" <script>`%%{init}%%`\nend';
    const chart = mermaidOf(
      planOf({ ...saga({ type: "approval", name: "end", message: evil }), name: "subgraph" }),
    );
    const labels = [...chart.matchAll(/"([^"\n]*)"/g)].map(([, text]) =>
      text?.replaceAll("<br>", " "),
    );

    expect(chart.split("\n").length).toBe(9);
    for (const text of labels) expect(text).toMatch(/^[\p{L}\p{N} ,.:/_#;-]*$/u);
    expect(chart).toContain("#34;#93;#59; click x #34;javascript");
  });

  it("draws every kind of step of a real saga", () => {
    const chart = mermaidOf(planOf(deploy));

    expect(chart).toContain("us6 -.-> us5");
    expect(chart).toContain("us3 & us5 -.-> us1");
    expect(chart).toMatch(/\{"go-live<br>/);
  });
});
