import { expect, it } from "vitest";
import { BASE, type FakeMachine, fakeLaunchHost } from "../../test/fake-launch-host.ts";
import { resolveInterpreter } from "./interpreter.ts";

function interpret(text: string, machine: FakeMachine = {}): readonly string[] {
  const { cwd: folder, environment } = BASE;
  const words = text.split(" ");
  return resolveInterpreter(fakeLaunchHost(machine), { words, folder, environment }).words;
}

const USUAL = ["/usr/bin/bash", "/usr/bin/python3", "/usr/bin/node", "/usr/bin/lua"];
const NVM = "/tetra/nvm/versions/node";

it.each([
  ["python x.py", USUAL, "/usr/bin/python3 x.py"],
  ["python x.py", [...USUAL, "/tetra/pyenv/shims/python3"], "/tetra/pyenv/shims/python3 x.py"],
  ["python3.11 x.py", USUAL, "python3.11 x.py"],
  ["/opt/venv/bin/python x.py", USUAL, "/opt/venv/bin/python x.py"],
  ["node x.js", [...USUAL, "/tetra/nvm/current/bin/node"], "/tetra/nvm/current/bin/node x.js"],
  ["bash x.sh", USUAL, "/usr/bin/bash x.sh"],
  ["bash x.sh", ["/bin/bash"], "/bin/bash x.sh"],
  ["lua x.lua", USUAL, "/usr/bin/lua x.lua"],
  ["lua x.lua", ["/tetra/lua/bin/lua"], "/tetra/lua/bin/lua x.lua"],
  ["go run .", ["/tetra/go/bin/go"], "/tetra/go/bin/go run ."],
  ["node x.js", [], "node x.js"],
  ["nodemon x", USUAL, "nodemon x"],
  ["google-chrome x", USUAL, "google-chrome x"],
])("puts the interpreter in for %s", (text, programs, expected) => {
  expect(interpret(text, { programs })).toEqual(expected.split(" "));
});

it("looks for Homebrew's bash first on macOS", () => {
  const programs = ["/opt/homebrew/bin/bash", "/bin/bash"];
  expect(interpret("bash x.sh", { programs, system: "macos" })[0]).toBe("/opt/homebrew/bin/bash");
});

it.each([
  ["v20.1.0", "v20.1.0"],
  ["20", "v20.10.0"],
  ["lts/*", "v22.0.0"],
])("follows nvm's default %s", (text, version) => {
  const programs = ["v9.0.0", "v20.1.0", "v20.10.0", "v22.0.0"].map((v) => `${NVM}/${v}/bin/node`);
  const files = { "/tetra/nvm/alias/default": `${text}\n` };
  expect(interpret("node x.js", { programs, files })[0]).toBe(`${NVM}/${version}/bin/node`);
});

it.each([
  ["./server.sh", "/usr/bin/bash ./server.sh"],
  ["./server.sh a b", "/usr/bin/bash ./server.sh a b"],
  ["./x.py 9000", "/usr/bin/python3 ./x.py 9000"],
  ["x.js", "/usr/bin/node x.js"],
  ["./main.go a", "go run ./main.go a"],
])("puts it before the script in %s, and keeps the script", (text, expected) => {
  const programs = [...USUAL, "/srv/backend/server.sh"];
  const files = Object.fromEntries(
    ["x.py", "x.js", "main.go"].map((name) => [`/srv/backend/${name}`, ""]),
  );
  expect(interpret(text, { programs, files })).toEqual(expected.split(" "));
});

it.each([
  ["#!/usr/bin/env zsh", "./x.sh"],
  ["#!/opt/venv/bin/bash -x", "./x.sh"],
  ["#!/bin/sh", "/usr/bin/bash ./x.sh"],
  ["#!/usr/bin/env bash", "/usr/bin/bash ./x.sh"],
])("leaves it to a script whose first line is %s: %s", (line, expected) => {
  const programs = [...USUAL, "/srv/backend/x.sh"];
  const files = { "/srv/backend/x.sh": `${line}\necho` };
  expect(interpret("./x.sh", { programs, files })).toEqual(expected.split(" "));
});

it("takes a script on the PATH for a program", () => {
  expect(interpret("serve.py a", { programs: [...USUAL, "/usr/bin/serve.py"] })).toEqual([
    "serve.py",
    "a",
  ]);
});

it.each([
  ["./gone.sh", {}],
  ["./gone.py", {}],
  ["./plain.sh", { files: { "/srv/backend/plain.sh": "" } }],
])("refuses %s, which is not there or not executable", (script, machine) => {
  expect(() => interpret(script, machine)).toThrow(
    expect.objectContaining({
      code: "SCRIPT_NOT_FOUND",
      message: `'${script}' not found or not executable`,
    }),
  );
});
