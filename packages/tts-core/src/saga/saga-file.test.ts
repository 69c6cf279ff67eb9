import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SagaNode } from "./definition.ts";
import { sagaFromFile } from "./saga-file.ts";
import type { ShellData } from "./saga-file-call.ts";
import { fillIn } from "./wiring.ts";
import { BAD_FILES, GOOD_FILES } from "../../test/fixtures/saga-files.ts";

const file = (...steps: object[]): object => ({ saga: "s", steps });
const run = (command: unknown, more: object = {}): object => ({ name: "a", run: command, ...more });

function messageOf(document: unknown, vars: Record<string, string> = {}): string {
  try {
    sagaFromFile(document, { vars, where: "f.yaml" });
  } catch (error) {
    const hint = error instanceof Error && "hint" in error ? String(error.hint) : "";
    return `${error instanceof Error ? error.message : ""} (${hint})`;
  }
  return "accepted";
}

function stepsOf(document: unknown, vars: Record<string, string> = {}): readonly SagaNode[] {
  return sagaFromFile(document, { vars }).definition.steps;
}

it("reads a whole file", () => {
  const deploy = {
    saga: "deploy",
    description: "deploy the api ${version}",
    target: "@${region}",
    vars: { version: { required: true }, region: "eu", token: { secret: "env:TOKEN" } },
    env: { CI: true },
    cwd: "./app",
    timeout: "10m",
    steps: [
      {
        name: "build",
        run: 'make build VERSION=${version} "NOTE=${region} ${version}"',
        undo: "rm -rf build",
        timeout: "5m",
        retry: { attempts: 3, first: "1s", factor: 2, max: "30s" },
        env: { TOKEN: { secret: "env:DEPLOY_TOKEN" }, LEVEL: 3, CI: "no ${region}" },
        on: "@build",
      },
      {
        parallel: "push",
        steps: [
          {
            name: "eu-1.a",
            run: ["push", "${version}", 1],
            undo: { run: ["pull", "${version}"], cwd: "/" },
          },
          { name: "us", run: "push us" },
        ],
      },
      { approval: "go-live", message: "release ${version}?", timeout: "1d" },
      { sleep: "1.5h", name: "settle" },
      { until: "2026-01-31T09:30:00Z", name: "window" },
      { signal: "dns-ready" },
      {
        saga: "finish",
        timeout: "1h",
        steps: [
          {
            name: "switch",
            run: "curl -H 'Key: ${token}' ${steps.build.stdout} ${steps.build.stdout} ${steps.push/eu-1.a.stdout}",
            pivot: true,
            agent: "ops",
          },
          {
            name: "call",
            action: "announce",
            data: {
              code: "${steps.build.exit_code}",
              text: "at ${steps.build.stdout}",
              n: [1, "$${x}"],
            },
            undo: { action: "retract", data: "${steps.finish/call.id}", retry: { attempts: 9 } },
          },
        ],
      },
    ],
  };

  expect(sagaFromFile(deploy, { vars: { version: "2.1.0" }, where: "deploy.saga.yaml" })).toEqual({
    description: "deploy the api 2.1.0",
    target: "@eu",
    definition: {
      name: "deploy",
      input: { version: "2.1.0", region: "eu", token: { $secret: "env:TOKEN" } },
      timeoutMs: 600_000,
      steps: [
        {
          type: "step",
          name: "build",
          action: "shell",
          data: {
            run: 'make build VERSION="${TETRA_var_version}" "NOTE=${TETRA_var_region} ${TETRA_var_version}"',
            shows: {
              $text: [
                "make build VERSION=",
                { $input: ["version"] },
                ' "NOTE=',
                { $input: ["region"] },
                " ",
                { $input: ["version"] },
                '"',
              ],
            },
            env: {
              CI: { $text: ["no ", { $input: ["region"] }] },
              TOKEN: { $secret: "env:DEPLOY_TOKEN" },
              LEVEL: "3",
              TETRA_var_version: { $text: [{ $input: ["version"] }] },
              TETRA_var_region: { $text: [{ $input: ["region"] }] },
            },
            cwd: "./app",
            on: "@build",
          },
          timeoutMs: 300_000,
          retry: { maxAttempts: 3, firstMs: 1000, factor: 2, maxMs: 30_000 },
          compensate: {
            action: "shell",
            data: {
              run: "rm -rf build",
              env: {
                CI: { $text: ["no ", { $input: ["region"] }] },
                TOKEN: { $secret: "env:DEPLOY_TOKEN" },
                LEVEL: "3",
              },
              cwd: "./app",
              on: "@build",
            },
          },
        },
        {
          type: "parallel",
          name: "push",
          steps: [
            {
              type: "step",
              name: "eu-1.a",
              action: "shell",
              data: {
                run: ["push", { $text: [{ $input: ["version"] }] }, "1"],
                env: { CI: "true" },
                cwd: "./app",
              },
              compensate: {
                action: "shell",
                data: {
                  run: ["pull", { $text: [{ $input: ["version"] }] }],
                  env: { CI: "true" },
                  cwd: "/",
                },
              },
            },
            {
              type: "step",
              name: "us",
              action: "shell",
              data: { run: "push us", env: { CI: "true" }, cwd: "./app" },
            },
          ],
        },
        { type: "approval", name: "go-live", message: "release 2.1.0?", timeoutMs: 86_400_000 },
        { type: "sleep", name: "settle", forMs: 5_400_000 },
        { type: "sleep", name: "window", until: Date.UTC(2026, 0, 31, 9, 30) },
        { type: "signal", name: "dns-ready" },
        {
          type: "saga",
          name: "finish",
          timeoutMs: 3_600_000,
          steps: [
            {
              type: "step",
              name: "switch",
              agent: "ops",
              action: "shell",
              pivot: true,
              data: {
                run: `curl -H 'Key: '"\${TETRA_var_token}"'' "\${TETRA_steps_build_stdout}" "\${TETRA_steps_build_stdout}" "\${TETRA_steps_push_eu_1_a_stdout}"`,
                shows: {
                  $text: [
                    "curl -H 'Key: ",
                    "(secret env:TOKEN)",
                    "' ",
                    { $result: ["build", "stdout"] },
                    " ",
                    { $result: ["build", "stdout"] },
                    " ",
                    { $result: ["push", "eu-1.a", "stdout"] },
                  ],
                },
                env: {
                  CI: "true",
                  TETRA_var_token: { $text: [{ $input: ["token"] }] },
                  TETRA_steps_build_stdout: { $text: [{ $result: ["build", "stdout"] }] },
                  TETRA_steps_push_eu_1_a_stdout: {
                    $text: [{ $result: ["push", "eu-1.a", "stdout"] }],
                  },
                },
                cwd: "./app",
              },
            },
            {
              type: "step",
              name: "call",
              action: "announce",
              data: {
                code: { $result: ["build", "exit_code"] },
                text: { $text: ["at ", { $result: ["build", "stdout"] }] },
                n: [1, "${x}"],
              },
              compensate: {
                action: "retract",
                data: { $result: ["finish", "call", "id"] },
                retry: { maxAttempts: 9 },
              },
            },
          ],
        },
      ],
    },
  });
});

it("lets no value out of its word, however the command quotes it", () => {
  const document = {
    ...file(run(`printf '<%s>' \${v} "\${v}" '\${v}' "$(printf %s \${v})" pre\${w}`)),
    vars: { v: { required: true }, w: "-" },
  };
  const v = "a  b'c\"d; echo $(echo x) `echo y` * \\ $HOME";
  const { definition } = sagaFromFile(document, { vars: { v } });
  const [step] = definition.steps;
  const data = step?.type === "step" ? step.data : undefined;
  const filled = fillIn(data, { input: definition.input, results: {} }, new Map());

  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the parser promises
  const { run: command, env, shows } = filled as unknown as ShellData;
  const told = execFileSync("sh", ["-c", String(command)], {
    env: { ...env, PATH: process.env["PATH"] },
    encoding: "utf8",
  });

  expect(told).toBe(`<${v}><${v}><${v}><${v}><pre->`);
  expect(shows).toContain(`printf '<%s>' ${v}`);
});

it.each(GOOD_FILES)("accepts $why", ({ document, vars = {} }) => {
  expect(messageOf(document, vars)).toBe("accepted");
});

it.each(BAD_FILES)("refuses $why: $message", ({ document, message }) => {
  const told = messageOf(document);

  expect(told).toContain(message);
  expect(told).toMatch(/^f\.yaml: [^\n]*$/);
});

describe("what only the steps together show", () => {
  it.each<[string, object, string]>([
    [
      "an unknown variable",
      file(run("echo ${verison}")),
      "f.yaml: a: there is no variable ${verison}",
    ],
    ["a variable of the shell", file(run("echo ${HOME}")), "$${HOME} is left to the shell"],
    [
      "a place without an end",
      file(run("echo ${x")),
      "f.yaml: a: ${x has no end; $${ is a ${ as it is",
    ],
    [
      "an unknown step",
      file(run("echo ${steps.b.stdout}")),
      "a: ${steps.b.stdout}: there is no step b",
    ],
    [
      "an unknown group",
      file(run("x"), { name: "b", run: "echo ${steps.g/b.stdout}" }),
      "there is no group g",
    ],
    [
      "a field that no command has",
      file(run("x"), { name: "b", run: "echo ${steps.a.stdot}" }),
      "b: ${steps.a.stdot}: a command has no result stdot (did you mean stdout?)",
    ],
    ["its own result", file(run("echo ${steps.a.stdout}")), "f.yaml: a: data"],
    [
      "a later step",
      file(run("echo ${steps.b.stdout}"), { name: "b", run: "x" }),
      "b is not certainly done before",
    ],
    ["two steps of one name", file(run("x"), run("y")), "f.yaml: a: two steps have this name"],
    [
      "a pivot in a parallel group",
      file({ parallel: "g", steps: [run("x", { pivot: true })] }),
      "f.yaml: g/a: a pivot cannot be inside a parallel group",
    ],
    [
      "a place in backticks",
      file(run("x"), { name: "b", run: "`${steps.a.stdout}`" }),
      "b: ${steps.a",
    ],
    [
      "a moment that is none",
      file({ until: "soon", name: "w" }),
      "f.yaml: w: until must be a moment",
    ],
    [
      "output in a message",
      file(run("x"), { approval: "go", message: "${steps.a.stdout}" }),
      "go: ${steps.a.stdout} is not known before the saga runs",
    ],
    [
      "a secret in a message",
      { ...file({ approval: "go", message: "${t}" }), vars: { t: { secret: "env:T" } } },
      "go: ${t} is a secret, which would be recorded here",
    ],
  ])("refuses %s", (_what, document, message) => {
    expect(messageOf(document)).toContain(message);
  });

  it("lets an undo use the result of its own step", () => {
    expect(messageOf(file(run("x", { undo: "rm ${steps.a.stdout}" })))).toBe("accepted");
  });

  it("tells results apart whose names differ in signs only", () => {
    const both = "${steps.a-b.stdout} ${steps.a_b.stdout} ${steps.a-b.stdout}";
    const [, , last] = stepsOf(
      file({ name: "a-b", run: "x" }, { name: "a_b", run: "x" }, { name: "c", run: both }),
    );

    expect(last).toMatchObject({
      data: {
        run: '"${TETRA_steps_a_b_stdout}" "${TETRA_steps_a_b_stdout_1}" "${TETRA_steps_a_b_stdout}"',
        env: {
          TETRA_steps_a_b_stdout: { $text: [{ $result: ["a-b", "stdout"] }] },
          TETRA_steps_a_b_stdout_1: { $text: [{ $result: ["a_b", "stdout"] }] },
        },
      },
    });
  });

  it("finds the step with the longest name where names have points", () => {
    const steps = stepsOf(
      file(
        { name: "v1", action: "x" },
        { name: "v1.2", action: "x" },
        { name: "c", action: "x", data: "${steps.v1.2.id}" },
      ),
    );

    expect(steps[2]).toMatchObject({ data: { $result: ["v1.2", "id"] } });
  });
});

describe("variables", () => {
  const needs = { ...file(run("echo ${a}")), vars: { a: { required: true }, b: { default: 7 } } };

  it("must be given when they are required, all named at once", () => {
    const two = { ...needs, vars: { a: { required: true }, c: { required: true } } };

    expect(messageOf(two)).toBe("f.yaml: it needs a, c (give a=… and c=…)");
    expect(messageOf(needs, { a: "" })).toBe("accepted");
  });

  it("must be declared", () => {
    expect(messageOf(needs, { a: "1", bb: "2" })).toBe(
      "f.yaml: it has no variable bb (did you mean b?)",
    );
  });

  it("are text, the one given before the default", () => {
    expect(sagaFromFile(needs, { vars: { a: "x" } }).definition.input).toEqual({ a: "x", b: "7" });
    expect(sagaFromFile(needs, { vars: { a: "x", b: "8" } }).definition.input).toMatchObject({
      b: "8",
    });
  });

  it("are not given when they are secrets, because that would be recorded", () => {
    const secret = { ...file(run("echo ${t}")), vars: { t: { secret: "env:T" } } };

    expect(messageOf(secret, { t: "hunter2" })).toMatch(/^f\.yaml: t is a secret.*env:T\)$/);
    expect(messageOf(secret, { t: "hunter2" })).not.toContain("hunter2");
  });

  it("leave the steps as they are, whatever their values: the same file has the same digest", () => {
    fc.assert(
      fc.property(fc.string(), (a) => {
        fc.pre(!a.includes("\0"));

        expect(stepsOf(needs, { a })).toEqual(stepsOf(needs, { a: "x" }));
      }),
    );
  });
});
