import { expect, it } from "vitest";
import { detectType, moduleOf, scriptOf } from "./process-type.ts";

it.each([
  ["python3.11 x", "python"],
  ["/usr/bin/python x", "python"],
  ["nodejs x", "node"],
  ["lua5.4 x", "lua"],
  ["go run .", "go"],
  ["./main.go", "go"],
  ["x.cjs", "node"],
  ["watch x.py", "python"],
  ["nodemon x", "command"],
  ["google-chrome", "command"],
  ["bashful", "command"],
  ["pythonista", "command"],
] as const)("%s is %s", (text, type) => {
  expect(detectType(text.split(" "))).toBe(type);
});

it.each([
  ["./server.sh a b", "./server.sh"],
  ["node app.js b.js", "app.js"],
  ["node --inspect -r dotenv/config app", "app"],
  ["node -e 1 x.js", undefined],
  ["python -u -W ignore s.py", "s.py"],
  ["python -m http.server", undefined],
  ["bash -e run", "run"],
  ["bash -ec run", undefined],
  ["go run main.go", "main.go"],
  ["go build ./x", undefined],
  ["uvicorn app.py", undefined],
  ["node", undefined],
])("the script of %s is %s", (text, script) => {
  expect(scriptOf(text.split(" "))).toBe(script);
});

it("knows the module of python -m only", () => {
  expect(moduleOf(["python3", "-u", "-m", "http.server"])).toBe("http.server");
  expect(moduleOf(["git", "commit", "-m", "x"])).toBeUndefined();
});
