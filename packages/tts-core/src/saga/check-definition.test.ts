import { isTetraError } from "@tetra/errors";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDefinition, checkReady, DEEPEST, MOST_STEPS } from "./check-definition.ts";

const step = (name: string, more: object = {}): object => ({
  type: "step",
  name,
  action: "do",
  ...more,
});
const group = (type: "parallel" | "saga", name: string, ...steps: object[]): object => ({
  type,
  name,
  steps,
});
const saga = (...steps: object[]): object => ({ name: "s", steps });
const use = (...path: (string | number)[]): object => ({ data: { it: { $result: path } } });
const undo = (...path: (string | number)[]): object => ({
  compensate: { action: "undo", data: { $result: path } },
});

function messageOf(value: unknown): string {
  try {
    checkDefinition(value);
  } catch (error) {
    if (isTetraError(error, "INVALID_SAGA")) return error.message;
    throw error;
  }
  return "accepted";
}

describe("a definition that is as it must be", () => {
  const whole = saga(
    step("create", { data: { email: { $input: ["email"] } }, ...undo("create", "id") }),
    group("parallel", "notify", step("mail", use("create", "id")), group("saga", "sms", step("a"))),
    { type: "approval", name: "go", message: "go?", timeoutMs: 1000 },
    { type: "signal", name: "dns" },
    { type: "sleep", name: "nap", forMs: 0 },
    { type: "sleep", name: "till", until: { $result: ["dns", "at"] } },
    step("token", {
      agent: "ops",
      retry: { maxAttempts: 3, firstMs: 0, factor: 1, maxMs: 10 },
      timeoutMs: 5,
      pivot: true,
      data: { $text: ["Bearer ", { $secret: "env:TOKEN" }, { $result: ["notify", "mail"] }] },
    }),
    step("123e4567-e89b-42d3-a456-426614174000", { data: { $literal: { $input: 1 } } }),
  );

  it("is given back, the same object", () => {
    expect(checkDefinition(whole)).toBe(whole);
    expect(checkDefinition({ ...whole, input: { email: "a@b.c" } })).toMatchObject(whole);
  });

  it("may read a file as a secret, and have secrets in its input", () => {
    const safe = saga(step("a", { data: [{ $secret: "file:/run/secret token" }] }));

    expect(messageOf({ ...safe, input: { token: { $secret: "env:T" } } })).toBe("accepted");
  });

  it(`may have ${MOST_STEPS} steps, each with the result of the one before, in short time`, () => {
    const steps = Array.from({ length: MOST_STEPS }, (_, at) =>
      step(`s${at}`, at === 0 ? {} : { ...use(`s${at - 1}`), ...undo(`s${at}`) }),
    );

    expect(messageOf(saga(...steps))).toBe("accepted");
  });
});

it.each([
  [null, "saga: must be an object"],
  [{ name: "s", steps: [] }, "saga: steps must hold at least one step"],
  [{ name: "s" }, "saga: steps is missing"],
  [{ name: "a/b", steps: [step("a")] }, "saga: name must be 1 to 64 of"],
  [{ ...saga(step("a")), when: 1 }, 'has no key "when": there is name, steps'],
  [{ ...saga(step("a")), timeoutMS: 1 }, 'has no key "timeoutMS": did you mean timeoutMs?'],
  [saga(step("a b")), "saga: step 1: name must be 1 to 64 of"],
  [saga(step("-a")), "step 1: name"],
  [saga(step("a".repeat(65))), "step 1: name"],
  [saga(group("saga", "g", step("ok"), {})), "saga: g/step 2: type must be one of step, parallel"],
  [saga(step("a", { type: "stop" })), "a: type must be one of"],
  [saga(step("a", { retries: 1 })), 'a: has no key "retries"'],
  [saga({ type: "step", name: "a" }), "a: action is missing"],
  [saga(step("a", { action: "" })), "a: action must not be empty"],
  [saga(step("a", { retry: { maxAttempts: 0 } })), "a: retry.maxAttempts must be at least 1"],
  [saga(step("a", { retry: { maxAttempts: 1.5 } })), "a: retry.maxAttempts must be a whole number"],
  [saga(step("a", { retry: { maxAttempts: 1, factor: 0.5 } })), "retry.factor must be at least 1"],
  [saga(step("a", { retry: { maxAttempts: 1, firstMs: -1 } })), "firstMs must not be negative"],
  [saga(step("a", { retry: { maxAttempts: 1, maxMs: Infinity } })), "retry.maxMs must be a number"],
  [saga(step("a", { timeoutMs: 0 })), "a: timeoutMs must be more than 0"],
  [saga(step("a", { timeoutMs: undefined })), "a: timeoutMs"],
  [saga(step("a", { compensate: "undo" })), "a: compensate must be an object"],
  [saga(step("a", { compensate: { data: 1 } })), "a: compensate.action is missing"],
  [saga(step("a", { compensate: { action: "u", when: 1 } })), 'compensate has no key "when"'],
  [saga(step("a"), step("a")), "saga: a: two steps have this name"],
  [saga(group("parallel", "g", step("a"), step("a"))), "g/a: two steps have this name"],
  [saga(group("parallel", "g")), "g: steps must hold at least one step"],
  [saga({ type: "sleep", name: "nap" }), "nap: must have either forMs or until"],
  [
    saga({ type: "sleep", name: "nap", forMs: 1, until: 2 }),
    "nap: must have either forMs or until",
  ],
  [saga({ type: "sleep", name: "nap", until: "later" }), "nap: until must be milliseconds"],
  [saga(step("a", { data: { at: new Date(0) } })), "a: data.at is an object of a class"],
  [saga(step("a", { data: { at: [Number.NaN] } })), "a: data.at.0 is NaN"],
  [saga(step("a", { data: { at: undefined } })), "a: data.at is undefined"],
  [saga(step("a", { data: { at: () => 1 } })), "a: data.at is function"],
  [{ ...saga(step("a")), input: { at: new Map() } }, "input.at is an object of a class"],
  [{ ...saga(step("a")), input: [{ $literal: 1 }] }, "input must hold no references"],
  [{ ...saga(step("a")), input: [{ $input: ["a"] }] }, "input must hold no references but secrets"],
  [{ ...saga(step("a")), input: [{ $result: ["a"] }] }, "input must hold no references but"],
])("refuses %j: %s", (value, message) => {
  expect(messageOf(value)).toContain(message);
});

it.each([
  [{ $result: [] }, "a: data: $result names no step"],
  [{ $result: "a" }, "a: data: $result must be a list of names"],
  [{ $input: [-1] }, "a: data: $input must be a list of names"],
  [{ $text: "a" }, "a: data: $text must be a list"],
  [{ $text: ["a", { $secret: "hunter2" }] }, "a: data.$text.1: $secret must be env:NAME or file:"],
  [{ deep: [{ $secret: "env:" }] }, "a: data.deep.0: $secret must be env:NAME or file:PATH"],
  [{ $input: ["a"], other: 1 }, "a: data: $input stands beside other keys"],
])("refuses %j as a reference: %s", (data, message) => {
  expect(messageOf(saga(step("a", { data })))).toContain(message);
});

it("does not repeat what it was given as a secret", () => {
  expect(messageOf(saga(step("a", { data: { $secret: "hunter2" } })))).not.toContain("hunter2");
});

describe("a reference to a result", () => {
  it.each([
    ["itself", saga(step("a", use("a"))), "a: data.it: a is not done before itself"],
    ["a later step", saga(step("a", use("b")), step("b")), "a: data.it: b is not certainly done"],
    ["no step", saga(step("build"), step("b", use("biuld"))), "no step biuld: did you mean build?"],
    [
      "a step beside it in a parallel group",
      saga(group("parallel", "g", step("a"), step("b", use("g", "a")))),
      "g/b: data.it: g/a is not certainly done before",
    ],
    [
      "the group it is in",
      saga(group("parallel", "g", step("a", use("g")))),
      "g/a: data.it: g is not done before itself",
    ],
    [
      "the group it is in, when undoing",
      saga(group("saga", "g", step("a", undo("g")))),
      "g/a: compensate.data: g is not done before itself",
    ],
    [
      "no step of a group",
      saga(group("saga", "g", step("a")), step("b", use("g", "c"))),
      "b: data.it: there is no step g/c",
    ],
    [
      "a step in a branch beside its own",
      saga(
        group(
          "parallel",
          "g",
          group("saga", "x", step("a")),
          group("saga", "y", step("b", use("g", "x", "a"))),
        ),
      ),
      "g/y/b: data.it: g/x is not certainly done before",
    ],
    ["a pause", saga({ type: "sleep", name: "nap", forMs: 1 }, step("b", use("nap"))), "no result"],
    ["a later step, when undoing", saga(step("a", undo("b")), step("b")), "a: compensate.data: b"],
    [
      "a pause's own time",
      saga({ type: "sleep", name: "n", until: { $result: ["n"] } }),
      "n: until",
    ],
  ])("cannot be to %s", (_to, definition, message) => {
    expect(messageOf(definition)).toContain(message);
  });

  it.each([
    ["an earlier step", saga(step("a"), step("b", use("a", "x", 0, "y")))],
    ["a group before", saga(group("parallel", "g", step("a")), step("b", use("g")))],
    [
      "an earlier step of the same branch",
      saga(group("parallel", "g", group("saga", "x", step("a"), step("b", use("g", "x", "a"))))),
    ],
    ["its own result, when undoing", saga(group("saga", "g", step("a", undo("g", "a", "id"))))],
    ["what a signal brought", saga({ type: "signal", name: "dns" }, step("b", use("dns", "ip")))],
    ["a step named like a method", saga(step("constructor"), step("b", use("constructor")))],
  ])("can be to %s", (_to, definition) => {
    expect(messageOf(definition)).toBe("accepted");
  });
});

it("refuses a pivot inside a parallel group at any depth, and nowhere else", () => {
  const pivot = step("p", { pivot: true });

  expect(messageOf(saga(group("parallel", "g", pivot)))).toContain("g/p: a pivot cannot be inside");
  expect(messageOf(saga(group("parallel", "g", group("saga", "n", pivot))))).toContain(
    "g/n/p: a piv",
  );
  expect(messageOf(saga(group("saga", "n", pivot)))).toBe("accepted");
});

it(`refuses more than ${MOST_STEPS} steps and more than ${DEEPEST} levels`, () => {
  const nested = (depth: number): object =>
    depth === 1 ? step("a") : group("saga", "g", nested(depth - 1));
  const many = Array.from({ length: MOST_STEPS }, (_, at) => step(`s${at}`));

  expect(messageOf(saga(nested(DEEPEST)))).toBe("accepted");
  expect(messageOf(saga(nested(DEEPEST + 1)))).toContain(`nested more than ${DEEPEST} deep`);
  expect(messageOf(saga(group("saga", "g", ...many)))).toContain(`more than ${MOST_STEPS} steps`);
});

describe("an input", () => {
  const needs = saga(
    step("greet", { data: { $text: ["Hi ", { $input: ["people", 0, "name"] }] } }),
  );

  it("must have what steps refer to", () => {
    expect(messageOf({ ...needs, input: { people: [] } })).toBe(
      "saga: greet: there is no input.people.0.name",
    );
    expect(messageOf({ ...needs, input: { people: [{ name: "Ada" }] } })).toBe("accepted");
  });

  it("may come later, but must be there when the saga starts", () => {
    expect(checkDefinition(needs)).toBe(needs);
    expect(() => checkReady(needs)).toThrow("saga: greet: there is no input.people.0.name");
  });

  it("is looked through again when steps are known from before", () => {
    checkDefinition({ ...needs, input: { people: [{ name: "Ada" }] } });

    expect(messageOf({ ...needs, input: {} })).toContain("there is no input.people");
    expect(messageOf({ ...needs, extra: 1 })).toContain("has no key");
  });
});

it("keeps its messages to one line, whatever keys hold", () => {
  expect(messageOf(saga(step("a", { data: { "x\ny\u001B": Number.NaN } })))).toBe(
    "saga: a: data.x y  is NaN, which JSON cannot say",
  );
});

it("begins its messages with where the saga is from", () => {
  expect(() => checkDefinition({}, "deploy.saga.yaml")).toThrow(/^deploy\.saga\.yaml: /);
});

it("accepts or refuses whatever it is given, in one line and with its code", () => {
  const any = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true });
  const almostNode = fc.record(
    {
      type: fc.constantFrom("step", "parallel", "saga", "sleep"),
      name: fc.constantFrom("a", "b", "c"),
      action: fc.constant("do"),
      data: fc.oneof(any, fc.dictionary(fc.constantFrom("$result", "$text", "\n"), any)),
      steps: fc.array(any, { maxLength: 3 }),
    },
    { requiredKeys: ["type", "name"] },
  );
  const steps = fc.array(fc.oneof(any, almostNode), { maxLength: 3 });
  const almost = fc.record(
    { name: fc.constant("s"), steps, input: any },
    { requiredKeys: ["name", "steps"] },
  );
  fc.assert(
    fc.property(fc.oneof(any, almost), (value) => {
      expect(messageOf(value)).toMatch(/^(?:accepted|saga: .*)$/);
    }),
  );
});
