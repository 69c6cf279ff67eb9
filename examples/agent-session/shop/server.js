// The service: it shows what the release says that is live when it starts.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const { version, greeting } = JSON.parse(readFileSync("live/release.json", "utf8"));

createServer((request, response) => {
  if (request.url === "/version") response.end(`${version}\n`);
  else if (greeting === undefined) response.writeHead(500).end("there is no greeting\n");
  else response.end(`${greeting}\n`);
}).listen(Number(process.env["PORT"]), "127.0.0.1");
