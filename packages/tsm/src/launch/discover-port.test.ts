import { expect, it } from "vitest";
import { scriptPort } from "./discover-port.ts";

it.each([
  ["const PORT = 3000;", 3000],
  ["const port = process.env.PORT || 4567;", 4567],
  ["const PORT = process.env.PORT ?? '4567'", 4567],
  ["app.listen(process.env.PORT || 4567)", 4567],
  ["const port = 5000", 5000],
  ["let Port: number = Number(x) || 5001", 5001],
  ["// PORT = 9999\nconst PORT = 3001", 3001],
  ["const PORT = 30, MAX = 123456", undefined],
  ["PORT = 99999", undefined],
  ["const dbPort = 5432; const DB_PORT = 5433", undefined],
  ["createPool({ port: 5432 })", undefined],
  ["import { port } from './3000'", undefined],
])("finds the port of %j in code: %s", (text, port) => {
  expect(scriptPort(text, "node")).toBe(port);
});

it("does not lose itself in what a program wrote", () => {
  const minified = "PORT=a,".repeat(200_000);
  expect(scriptPort(`${minified}\nconst PORT = 3000`, "node")).toBe(3000);
});

it.each([
  ["PORT = int(os.environ.get('PORT', 8000))", 8000],
  ["PORT = os.getenv('PORT') or 8001", 8001],
  ["# PORT = 1234", undefined],
])("finds the port of %j in python: %s", (text, port) => {
  expect(scriptPort(text, "python")).toBe(port);
});

it.each([
  ["#!/bin/sh\nPORT=3000\n", 3000],
  ['  export PORT="3001" # web', 3001],
  ["PORT=${PORT:-3002}", 3002],
  ["PORT=80", 80],
  ["PORT=$1\nPORT=3003", 3003],
  ["MY_PORT=3004", undefined],
  ["PORT=300x", undefined],
])("finds the port of %j in shell: %s", (text, port) => {
  expect(scriptPort(text, "bash")).toBe(port);
});
