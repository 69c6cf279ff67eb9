// The service that is deployed: greets on /, and says on /health whether it can.
import { createServer } from "node:http";
import process from "node:process";
import { greeting, readConfig } from "./greeting.js";

const config = readConfig("service.json");

const server = createServer((request, response) => {
  const { status, body } = answer(request.url ?? "/");
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(`${JSON.stringify(body)}\n`);
});

/** @param {string} path */
function answer(path) {
  if (path !== "/" && path !== "/health") return { status: 404, body: { error: "no such page" } };
  try {
    const message = greeting(config);
    return { status: 200, body: path === "/" ? { message } : { status: "ok", version: VERSION } };
  } catch (error) {
    return { status: 503, body: { status: "broken", version: VERSION, error: String(error) } };
  }
}

// whoever started it is told the port, and takes it along when it goes
server.listen(0, "127.0.0.1", () => {
  if (process.send === undefined) process.stdout.write(`${JSON.stringify(server.address())}\n`);
  else process.send(server.address());
});
process.on("disconnect", () => process.exit());
