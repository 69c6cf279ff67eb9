import { expect, it } from "vitest";
import { endpoints } from "./endpoints.ts";
import { explain, formatExplanation } from "./explain.ts";
import { topologySource } from "./sources/topology-source.ts";

const TEXT = `{
  "@staging": {
    "type": "ssh", "host": "s.example",
    "user": "app",
    "auth_user": "root"
  }
}`;
const ENDPOINTS = endpoints([topologySource(TEXT, "topology.json")]);

it("shows the ladder with the source of every value", () => {
  const options = { endpoints: ENDPOINTS, path: "~/x" };

  expect(formatExplanation(explain("@staging", options))).toBe(`0 symbol     @staging
1 address    s.example
             type = ssh  (topology.json:3 @staging.type)
             host = s.example  (topology.json:3 @staging.host)
2 channel    app@s.example
             workUser = app  (topology.json:4 @staging.user)
3 connector  root:app@s.example
             authUser = root  (topology.json:5 @staging.auth_user)
4 handle     root:app@s.example  (not tested)
5 locator    app@s.example:~/x
6 binding    read(app@s.example:~/x)
7 plan       ssh -- root@s.example as app: read '~/x'`);
});

it("says where it stopped and why", () => {
  expect(explain("@staging", { endpoints: ENDPOINTS })).toMatchObject({
    levels: { length: 5 },
    stopped: { level: "locator", code: "UNRESOLVED" },
  });
  expect(formatExplanation(explain("@stagng", { endpoints: ENDPOINTS }))).toBe(
    "0 symbol     stopped: @stagng is not known\n             did you mean @staging?",
  );
});

it("stops where it is asked to, without a word", () => {
  const { levels, stopped } = explain("@staging", { endpoints: ENDPOINTS, level: "connector" });

  expect([levels.length, stopped]).toEqual([4, undefined]);
});

it("tells of a test", () => {
  const test = { atMs: 0, connectMs: 90, latencyMs: 12.4 };
  const { levels } = explain("@staging", { endpoints: ENDPOINTS, level: "handle", test });

  expect(levels[4]?.text).toBe("root:app@s.example  (tested, 12 ms)");
});
