import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { branchOf, checkScope, gidOf, keyOf } from "./gid.ts";

const scope = { prefix: "tetra", participant: "pg" };

describe("the name of a prepared transaction", () => {
  it("can be read by a person", () => {
    const key = keyOf(scope, "deploy-api-20260131T093000");

    expect(key).toBe("tetra:pg:deploy-api-20260131T093000");
    expect(gidOf(key, "16384")).toBe("tetra:pg:deploy-api-20260131T093000@16384");
  });

  it("needs no quoting, whatever the id holds, and gives the branch back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 15 }), (txn) => {
        const key = keyOf(scope, txn);
        const gid = gidOf(key, "5");

        expect(gid).toMatch(/^[A-Za-z0-9%:_.~-]*@5$/);
        expect(branchOf(scope, gid)).toEqual({ txn, participant: "pg" });
        expect(branchOf(scope, key)).toEqual({ txn, participant: "pg" });
      }),
    );
  });

  it("tells participants apart whose names begin alike", () => {
    const other = { prefix: "tetra", participant: "pg-2" };

    expect(branchOf(scope, keyOf(other, "t-1"))).toBeUndefined();
    expect(branchOf(other, keyOf(scope, "t-1"))).toBeUndefined();
  });

  it.each(["tetra:pg:a b", "tetra:pg:%", "tetra:pg:%61", "tetra:pg", "other"])(
    "is not %s, which we did not make",
    (gid) => {
      expect(branchOf(scope, gid)).toBeUndefined();
    },
  );

  it.each(["x".repeat(180), "é".repeat(30), "\uD800"])("cannot be made of %s", (txn) => {
    expect(() => keyOf(scope, txn)).toThrowError(/makes a name for PostgreSQL/);
  });

  it("is as long as PostgreSQL allows", () => {
    expect(gidOf(keyOf(scope, "x".repeat(179)), "4294967295")).toHaveLength(199);
  });

  it.each(["", "Pg", "a:b", "a'b", "x".repeat(65)])("takes neither %j for a name", (name) => {
    const message = new RegExp(`^${JSON.stringify(name)} cannot be the`);

    expect(() => checkScope({ prefix: "tetra", participant: name })).toThrowError(message);
    expect(() => checkScope({ prefix: name, participant: "pg" })).toThrowError(
      /cannot be the prefix/,
    );
  });
});
