import { randomUUID } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import process from "node:process";

const { PORT, DATA = "data" } = process.env;

const server = createServer(({ method, url }, response) => {
  if (url === "/health") {
    response.end("well\n");
  } else if (method === "POST" && url === "/orders") {
    const id = randomUUID();
    writeFileSync(join(DATA, "orders", id), "");
    process.stdout.write(`ordered ${id}\n`);
    response.writeHead(201).end(`${id}\n`);
  } else if (url === "/packed") {
    response.end(`${readdirSync(join(DATA, "packed")).length}\n`);
  } else {
    response.writeHead(404).end();
  }
});
server.listen(Number(PORT), "127.0.0.1", () => process.stdout.write("listening\n"));
// asked to end: what was begun is answered
process.on("SIGTERM", () => server.close());
