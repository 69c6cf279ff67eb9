import { TetraError } from "@tetra/errors";
import { describe, expect, it } from "vitest";
import { explained, isAway } from "./server-error.ts";

/** As the driver makes it from what the server said. */
function serverError(code: string, more: object = {}): Error {
  return Object.assign(new Error("said the\n server"), { severity: "ERROR", code, ...more });
}

describe("what a driver's error means", () => {
  it.each([
    ["a connection that was lost", new Error("Connection terminated unexpectedly")],
    ["nobody who listens", Object.assign(new Error("connect"), { code: "ECONNREFUSED" })],
    [
      "a pipe that broke, whose code looks like the server's",
      Object.assign(new Error("write"), { code: "EPIPE" }),
    ],
    ["an administrator's shutdown", serverError("57P01")],
    ["a server that is starting up", serverError("57P03")],
    ["too many connections", serverError("53300")],
    ["a connection failure", serverError("08006")],
  ])("%s is a resource that is away", (_what, error) => {
    expect(isAway(error)).toBe(true);
    expect(explained("pg: t-1", error, {})).toMatchObject({ code: "RESOURCE_AWAY", cause: error });
  });

  it.each([
    ["40001", "CONFLICT"],
    ["40P01", "CONFLICT"],
    ["23505", "WORK_REFUSED"],
    ["57014", "WORK_REFUSED"],
  ])("%s of the server is %s, in one line that begins with where", (state, code) => {
    const error = serverError(state);

    expect(isAway(error)).toBe(false);
    expect(explained("pg: t-1", error, { txn: "t-1" })).toMatchObject({
      code,
      message: "pg: t-1: said the server",
      details: { txn: "t-1" },
    });
  });

  it("has the server's hint where it gave one", () => {
    expect(explained("pg", serverError("55000", { hint: "Do it." }), {}).hint).toBe("Do it.");
  });

  it("has a code where several refusals have no message", () => {
    const error = Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" });

    expect(explained("pg", error, {}).message).toBe("pg: ECONNREFUSED");
  });

  it("keeps what was explained before", () => {
    const error = new TetraError("HEURISTIC", "gone", { hint: "look", details: { outcome: "x" } });

    expect(explained("pg: t-1", error, { txn: "t-1" })).toMatchObject({
      code: "HEURISTIC",
      message: "pg: t-1: gone",
      hint: "look",
      details: { txn: "t-1", outcome: "x" },
    });
  });
});
