import { expect, expectTypeOf, it, describe } from "vitest";
import type { ActionCall } from "./action.ts";
import { action } from "./action-registry.ts";
import { ofType, saga } from "./builder.ts";
import { field, type Ref, type RefTo } from "./typed-reference.ts";

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
const forgetEmail = action<{ email: string }, void>("forget-email", () => {});
const setQuota = action<{ user: number; bytes?: number }, { plan: string }>("set-quota", () => ({
  plan: "free",
}));
const sendMail = action<{ to: string; text: string; token: string }, void>("send-mail", () => {});
const ping = action<undefined, string>("ping", () => "pong");

describe("the types", () => {
  const start = saga<Input>("s").step({
    name: "create",
    action: createUser,
    data: ({ input }) => ({ email: input.email }),
  });

  it("follow results from step to step", () => {
    saga<Input>("s")
      .step({ name: "create", action: createUser, data: ({ input }) => ({ email: input.email }) })
      .parallel("prepare", (group) =>
        group
          .step({ name: "quota", action: setQuota, data: { user: 1 } })
          .step({ name: "other", action: "untyped" }),
      )
      .awaitSignal({ name: "dns", value: ofType<{ at: number }>() })
      .step({
        name: "last",
        action: "do",
        data: ({ input, results }) => {
          expectTypeOf(results.create.id).toEqualTypeOf<Ref<number>>();
          expectTypeOf(results.create).toExtend<RefTo<{ id: number; groups: string[] }>>();
          expectTypeOf(results.prepare.quota.plan).toEqualTypeOf<Ref<string>>();
          expectTypeOf(results.prepare.other).toExtend<Ref<unknown>>();
          expectTypeOf(results.dns.at).toEqualTypeOf<Ref<number>>();
          expectTypeOf(input.note).toEqualTypeOf<Ref<string | undefined>>();
          expectTypeOf(field<number>(results.prepare.other, "n")).toEqualTypeOf<Ref<number>>();
          return null;
        },
      });
  });

  // what must not compile; nothing here is run
  const refused = (): void => {
    start.step({
      name: "a",
      action: setQuota,
      // @ts-expect-error -- a field that the result does not have
      data: ({ results }) => ({ user: results.create.ident }),
    });
    start.step({
      name: "a",
      action: setQuota,
      // @ts-expect-error -- text where a number is wanted
      data: ({ input }) => ({ user: input.email }),
    });
    start.step({
      name: "a",
      action: setQuota,
      // @ts-expect-error -- a value of the wrong type
      data: { user: "seven" },
    });
    start.step({
      name: "a",
      action: sendMail,
      // @ts-expect-error -- may be absent
      data: ({ input }) => ({ to: input.note, text: "", token: "" }),
    });
    start.step({
      name: "a",
      action: setQuota,
      // @ts-expect-error -- a step that comes later
      data: ({ results }) => ({ user: results.later.id }),
    });
    // @ts-expect-error -- no data for an action that needs some
    start.step({ name: "a", action: setQuota });
    start.parallel("g", (group) =>
      group.step({ name: "x", action: ping }).step({
        name: "y",
        action: "do",
        // @ts-expect-error -- a step that runs at the same time
        data: ({ results }) => results.x,
      }),
    );
    start.parallel("g", (group) =>
      // @ts-expect-error -- a pivot inside a parallel group
      group.step({ name: "x", action: ping, pivot: true }),
    );
    start.step({
      name: "a",
      action: setQuota,
      data: { user: 1 },
      // @ts-expect-error -- it would get the step's data, which is not what it takes
      compensate: deleteUser,
    });
    start.step({
      name: "a",
      action: createUser,
      data: { email: "" },
      compensate: {
        action: deleteUser,
        // @ts-expect-error -- the result has no such field
        data: ({ result }) => ({ id: result.email }),
      },
    });
    // @ts-expect-error -- a number for text
    start.with({ email: 1, people: [] });
    // @ts-expect-error -- the nested saga needs an input
    saga("outer").saga("inner", start);
    saga<{ n: number }>("outer").saga("inner", start, {
      // @ts-expect-error -- not the input that the nested saga needs
      input: ({ input }) => ({ email: input.n, people: [] }),
    });
  };

  it("refuse what would fail when the saga runs", () => {
    expect(refused).toBeTypeOf("function");
  });

  it("accept a compensation that takes the step's own data, and actions without data", () => {
    const { steps } = start
      .step({ name: "again", action: createUser, data: { email: "" }, compensate: forgetEmail })
      .step({ name: "ping", action: ping, compensate: "unping" })
      .build();

    expect(steps[1]).toMatchObject({ compensate: { action: "forget-email" } });
    expect(steps[2]).toEqual({
      type: "step",
      name: "ping",
      action: "ping",
      compensate: { action: "unping" },
    });
  });
});
