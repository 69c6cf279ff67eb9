import { expect, it } from "vitest";
import { commandVector, showCommand } from "./command-vector.ts";

it.each([
  ["npm run dev", ["npm", "run", "dev"]],
  ["  node  server.js --port=3000 ", ["node", "server.js", "--port=3000"]],
  ["", []],
  ["a && b", ["/bin/sh", "-c", "a && b"]],
  ["PORT=1 node x", ["/bin/sh", "-c", "PORT=1 node x"]],
  ["node 'a b'", ["/bin/sh", "-c", "node 'a b'"]],
  ["cat ~/x", ["/bin/sh", "-c", "cat ~/x"]],
])("%j is run as %j", (command, argv) => {
  expect(commandVector(command)).toEqual(argv);
});

it("a vector is run as it is", () => {
  expect(commandVector(["a && b", ""])).toEqual(["a && b", ""]);
});

it("is shown as a shell would want it", () => {
  expect(showCommand(["node", "a b", "it's", ""])).toBe(String.raw`node 'a b' 'it'\''s' ''`);
});
