import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { asWritten, standInPorts, withStandIns } from "./ports.ts";

it("takes another port where somebody listens, and tells of the one that is written", async () => {
  const server = createServer().listen(4199, "127.0.0.1");
  await Promise.race([once(server, "listening"), once(server, "error")]); // somebody has it, then
  try {
    const standIns = await standInPorts(["tsm start --port 4199 node server.js"]);
    const used = withStandIns("curl 127.0.0.1:4199/ && curl 127.0.0.1:8080/", standIns);

    expect(used).toMatch(/^curl 127\.0\.0\.1:4[2-9]\d\d\/ && curl 127\.0\.0\.1:8080\/$/);
    expect(asWritten(`shop-${standIns.get("4199")} 4321`, standIns)).toBe("shop-4199 4321");
  } finally {
    server.close();
  }
});

it("leaves everything as it is where nobody is in the way", async () => {
  expect(await standInPorts(["echo 80 41000 141"])).toEqual(new Map());
});
