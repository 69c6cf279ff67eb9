import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { probe } from "../src/index.ts";
import { runs } from "./marked-processes.ts";
import { PATIENCE_MS, temporaryFolder } from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });
const ENVIRONMENT = { PATH: process.env["PATH"] ?? "" };
const OPTIONS = { timeoutMs: 20_000, cwd: "/", environment: ENVIRONMENT };

async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

const served = (answer: RequestListener): Promise<number> => portOf(createHttpServer(answer));

it.each([
  [200, true],
  [204, true],
  [302, true],
  [404, false],
  [503, false],
])("http: the answer %i counts as %s", async (status, ok) => {
  const port = await served((_request, response) => response.writeHead(status).end());

  const answer = await probe({ type: "http", url: `http://127.0.0.1:${port}/` }, OPTIONS);

  expect(answer).toEqual(ok ? { ok } : { ok, why: `answered ${status}` });
});

it("http: a body without end is not waited for", async () => {
  const port = await served(
    (_request, response) => void response.writeHead(200).write("on and on"),
  );

  expect(await probe({ type: "http", url: `http://127.0.0.1:${port}/` }, OPTIONS)).toEqual({
    ok: true,
  });
});

it("http: no answer in time is a no", async () => {
  const port = await served(() => {});

  const url = `http://127.0.0.1:${port}/`;
  expect(await probe({ type: "http", url }, { ...OPTIONS, timeoutMs: 50 })).toEqual({
    ok: false,
    why: "no answer within 50 ms",
  });
});

it("tcp: accepts a connection, or says why not", async () => {
  const server = createServer();
  const port = await portOf(server);
  const question = { type: "tcp", host: "127.0.0.1", port } as const;

  expect(await probe(question, OPTIONS)).toEqual({ ok: true });
  server.close();
  await once(server, "close");
  expect(await probe(question, OPTIONS)).toMatchObject({
    ok: false,
    why: expect.stringContaining("ECONNREFUSED"),
  });
});

it("a command is run without a shell, in its folder, with its environment", async () => {
  const home = temporaryFolder();
  const script = `test "$1" = '$HOME *' && test "$PWD" = "$HERE" && test -z "$HOME"`;
  const options = { ...OPTIONS, cwd: home, environment: { ...ENVIRONMENT, HERE: home } };

  const command = ["sh", "-c", script, "sh", "$HOME *"];
  expect(await probe({ type: "command", command }, options)).toEqual({ ok: true });
  expect(await probe({ type: "command", command: ["sh", "-c", "exit 7"] }, options)).toEqual({
    ok: false,
    why: "exit status 7",
  });
  expect(await probe({ type: "command", command: ["/nonexistent"] }, options)).toMatchObject({
    ok: false,
    why: expect.stringContaining("ENOENT"),
  });
});

it("a command that takes too long is ended with its children", async () => {
  const home = temporaryFolder();
  const script = `sleep 1000 & echo $! >"$1/new" && mv "$1/new" "$1/child"; wait`;
  const command = ["sh", "-c", script, "sh", home];

  const answer = await probe({ type: "command", command }, { ...OPTIONS, timeoutMs: 500 });

  expect(answer).toEqual({ ok: false, why: "no answer within 500 ms" });
  expect(existsSync(join(home, "child"))).toBe(true);
  const child = Number(readFileSync(join(home, "child"), "utf8"));
  await vi.waitFor(() => expect(runs(child)).toBe(false), 10_000);
});
