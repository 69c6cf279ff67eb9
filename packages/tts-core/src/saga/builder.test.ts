/* oxlint-disable typescript/no-unsafe-type-assertion -- tries what the types do not allow as well */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ActionCall } from "./action.ts";
import { action } from "./action-registry.ts";
import { ofType, saga } from "./builder.ts";
import { checkDefinition } from "./check-definition.ts";
import type { SagaDefinition } from "./definition.ts";
import { field, secret, text } from "./typed-reference.ts";
import { fillIn } from "./wiring.ts";

interface Input {
  readonly email: string;
  readonly people: readonly { readonly name: string }[];
  readonly note?: string;
}

const createUser = action("create-user", async ({ data }: ActionCall<{ email: string }>) => ({
  id: data.email.length,
  groups: ["all"],
}));
const deleteUser = action<{ id: number }, void>("delete-user", () => {});
const setQuota = action<{ user: number; bytes?: number }, { plan: string }>("set-quota", () => ({
  plan: "free",
}));
const sendMail = action<{ to: string; text: string; token: string }, void>("send-mail", () => {});
const ping = action<undefined, string>("ping", () => "pong");

const onboarding = saga<Input>("onboarding", { timeoutMs: 60_000 })
  .step({
    name: "create",
    agent: "accounts",
    action: createUser,
    data: ({ input }) => ({ email: input.email }),
    compensate: { action: deleteUser, data: ({ result }) => ({ id: result.id }), timeoutMs: 5 },
    retry: { maxAttempts: 3 },
    timeoutMs: 10,
  })
  .parallel("prepare", (group) =>
    group
      .step({
        name: "quota",
        action: setQuota,
        data: ({ results }) => ({ user: results.create.id }),
        compensate: { action: "reset-quota", data: ({ result }) => ({ plan: result.plan }) },
      })
      .step({ name: "other", action: "untyped", data: ({ input }) => [input.note, { n: 1 }] }),
  )
  .awaitApproval({ name: "go", message: "go on?", timeoutMs: 1000 })
  .awaitSignal({ name: "dns", value: ofType<{ at: number }>() })
  .sleep({ name: "nap", forMs: 30 })
  .sleepUntil({ name: "later", until: ({ results }) => results.dns.at })
  .step({
    name: "welcome",
    action: sendMail,
    data: ({ input, results }) => ({
      to: field<string>(input.people, 0, "name"),
      text: text`Hello ${input.email}, plan ${results.prepare.quota.plan} of ${1}`,
      token: secret("env:MAIL_TOKEN"),
    }),
    pivot: true,
  });

const DEFINITION: SagaDefinition = {
  name: "onboarding",
  timeoutMs: 60_000,
  steps: [
    {
      type: "step",
      name: "create",
      agent: "accounts",
      action: "create-user",
      data: { email: { $input: ["email"] } },
      retry: { maxAttempts: 3 },
      timeoutMs: 10,
      compensate: {
        action: "delete-user",
        data: { id: { $result: ["create", "id"] } },
        timeoutMs: 5,
      },
    },
    {
      type: "parallel",
      name: "prepare",
      steps: [
        {
          type: "step",
          name: "quota",
          action: "set-quota",
          data: { user: { $result: ["create", "id"] } },
          compensate: {
            action: "reset-quota",
            data: { plan: { $result: ["prepare", "quota", "plan"] } },
          },
        },
        { type: "step", name: "other", action: "untyped", data: [{ $input: ["note"] }, { n: 1 }] },
      ],
    },
    { type: "approval", name: "go", message: "go on?", timeoutMs: 1000 },
    { type: "signal", name: "dns" },
    { type: "sleep", name: "nap", forMs: 30 },
    { type: "sleep", name: "later", until: { $result: ["dns", "at"] } },
    {
      type: "step",
      name: "welcome",
      action: "send-mail",
      data: {
        to: { $input: ["people", 0, "name"] },
        text: {
          $text: [
            "Hello ",
            { $input: ["email"] },
            ", plan ",
            { $result: ["prepare", "quota", "plan"] },
            " of ",
            1,
          ],
        },
        token: { $secret: "env:MAIL_TOKEN" },
      },
      pivot: true,
    },
  ],
};

describe("the builder", () => {
  it("makes a definition of plain JSON", () => {
    expect(onboarding.build()).toEqual(DEFINITION);
    expect(JSON.parse(JSON.stringify(onboarding.build()))).toEqual(DEFINITION);
  });

  it("adds what the saga is started with, secrets by reference", () => {
    const input = { email: "a@b.c", people: [{ name: secret("env:NAME") }], note: "" };

    expect(onboarding.with(input)).toEqual({
      ...DEFINITION,
      input: { email: "a@b.c", people: [{ name: { $secret: "env:NAME" } }], note: "" },
    });
  });

  it("refuses to be started without what steps refer to", () => {
    expect(() => onboarding.with({ email: "a@b.c", people: [], note: "" })).toThrow(
      "saga: welcome: there is no input.people.0.name",
    );
  });

  it("shares the steps of one saga between all inputs, so that they are checked once", () => {
    const ready = saga<string>("s").step({ name: "a", action: "do" });

    expect(ready.with("x").steps).toBe(ready.with("y").steps);
  });

  it("leaves a builder as it was", () => {
    const base = saga("s").step({ name: "a", action: "do" });
    const one = base.step({ name: "b", action: "do" });
    const other = base.step({ name: "c", action: "do" });

    expect(one.build().steps.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(other.build().steps.map(({ name }) => name)).toEqual(["a", "c"]);
  });

  it("calls a data function once, while the saga is built", () => {
    let calls = 0;
    const built = saga("s").step({
      name: "a",
      action: "do",
      data: () => {
        calls += 1;
        return null;
      },
    });
    built.build();
    built.build();

    expect(calls).toBe(1);
  });

  it("checks what it built", () => {
    expect(() => saga("s").build()).toThrow("saga: steps must hold at least one step");
    expect(() => saga("s").step({ name: "a b", action: "do" }).build()).toThrow(
      "step 1: name must",
    );
    expect(() =>
      saga("s")
        .step({ name: "a", action: "do", data: { n: Number.NaN } })
        .build(),
    ).toThrow("a: data.n is NaN");
  });

  it("keeps data as it is, also where it looks like a reference", () => {
    const one = fc.constantFrom("$input", "$result", "$text", "$secret", "$literal", "a");
    const data = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, 1, "x", true),
        fc.array(tie("value"), { maxLength: 2 }),
        fc
          .dictionary(one, tie("value"), { maxKeys: 2 })
          .filter(
            (made) =>
              Object.keys(made).length < 2 || !Object.keys(made).some((key) => key.startsWith("$")),
          ),
      ),
    })).value;
    fc.assert(
      fc.property(data, (value) => {
        // what the generator makes is data, though its type does not say so
        const built = saga("s")
          .step({ name: "a", action: "do", data: value as null })
          .build();
        const [step] = checkDefinition(JSON.parse(JSON.stringify(built))).steps;
        const recorded = step?.type === "step" ? step.data : undefined;

        expect(fillIn(recorded, { results: {} }, new Map())).toEqual(value);
      }),
    );
  });
});

describe("a nested saga", () => {
  const book = saga<{ city: string; who: { email: string } }>("book", { timeoutMs: 9 })
    .step({
      name: "hotel",
      action: createUser,
      data: ({ input }) => ({ email: input.who.email }),
      compensate: { action: deleteUser, data: ({ result }) => ({ id: result.id }) },
    })
    .parallel("more", (group) =>
      group.step({
        name: "quota",
        action: setQuota,
        data: ({ results }) => ({ user: results.hotel.id }),
      }),
    )
    .step({
      name: "mail",
      action: "mail",
      data: ({ input, results }) => text`${input.city}: ${results.more.quota.plan}`,
    });

  it("refers to its own steps by their new paths, and gets its input from outside", () => {
    const trip = saga<Input>("trip")
      .step({ name: "user", action: createUser, data: ({ input }) => ({ email: input.email }) })
      .saga("book", book, {
        input: ({ input, results }) => ({
          city: field<string>(results.user.groups, 0),
          who: { email: input.email },
        }),
      })
      .step({
        name: "thank",
        action: setQuota,
        data: ({ results }) => ({ user: results.book.hotel.id }),
      });

    expect(trip.build().steps[1]).toEqual({
      type: "saga",
      name: "book",
      timeoutMs: 9,
      steps: [
        {
          type: "step",
          name: "hotel",
          action: "create-user",
          data: { email: { $input: ["email"] } },
          compensate: { action: "delete-user", data: { id: { $result: ["book", "hotel", "id"] } } },
        },
        {
          type: "parallel",
          name: "more",
          steps: [
            {
              type: "step",
              name: "quota",
              action: "set-quota",
              data: { user: { $result: ["book", "hotel", "id"] } },
            },
          ],
        },
        {
          type: "step",
          name: "mail",
          action: "mail",
          data: {
            $text: [
              { $result: ["user", "groups", 0] },
              ": ",
              { $result: ["book", "more", "quota", "plan"] },
            ],
          },
        },
      ],
    });
    expect(trip.build().steps[2]).toMatchObject({
      data: { user: { $result: ["book", "hotel", "id"] } },
    });
  });

  it("can get a part of an input by reference, and follows it further in", () => {
    const outer = saga<{ trips: { city: string; who: { email: string } } }>("outer").saga(
      "b",
      book,
      {
        input: ({ input }) => input.trips,
        timeoutMs: 3,
      },
    );
    const [nested] = outer.build().steps;

    expect(nested).toMatchObject({
      timeoutMs: 3,
      steps: [{ data: { email: { $input: ["trips", "who", "email"] } } }, {}, {}],
    });
  });

  it("can get a result, and follows it further in", () => {
    const find = action<undefined, { city: string; who: { email: string } }>("find", () => ({
      city: "Rome",
      who: { email: "a@b.c" },
    }));
    const [, nested] = saga("outer")
      .step({ name: "found", action: find })
      .saga("b", book, { input: ({ results }) => results.found })
      .build().steps;

    expect(nested).toMatchObject({
      steps: [{ data: { email: { $result: ["found", "who", "email"] } } }, {}, {}],
    });
  });

  it("can be in a group in a group, and what undoes its steps uses their results", () => {
    const one = saga("one").step({
      name: "a",
      action: ping,
      compensate: { action: "undo", data: ({ result }) => result },
    });
    const [outer] = saga("outer")
      .parallel("g", (group) =>
        group.parallel("h", (inner) =>
          inner.saga("one", one).step({
            name: "b",
            action: ping,
            compensate: { action: "undo", data: ({ result }) => result },
          }),
        ),
      )
      .build().steps;

    expect(JSON.stringify(outer)).toContain('{"$result":["g","h","one","a"]}');
    expect(JSON.stringify(outer)).toContain('{"$result":["g","h","b"]}');
  });

  it("can be a branch of a parallel group, and nested again", () => {
    const inner = saga("inner")
      .step({ name: "a", action: ping })
      .step({ name: "b", action: "use", data: ({ results }) => results.a });
    const middle = saga("middle").parallel("both", (group) =>
      group.saga("left", inner).saga("right", inner),
    );
    const [outer] = saga("outer").saga("m", middle).build().steps;

    expect(JSON.stringify(outer)).toContain('{"$result":["m","both","right","a"]}');
    expect(JSON.stringify(outer)).toContain('{"$result":["m","both","left","a"]}');
  });
});
