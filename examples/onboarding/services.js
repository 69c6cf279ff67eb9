// Three small services in a process of their own: users, quotas, mails. Each keeps records by name and
// does what it is asked once per idempotency key. It ends with whoever started it.
import { once } from "node:events";
import { createServer } from "node:http";

/** @type {Readonly<Record<string, Map<string, unknown>>>} */
const records = { users: new Map(), quotas: new Map(), mails: new Map() };
/** @type {Set<string>} */
const doneKeys = new Set();
let mailServerWorks = false;

/** @param {import("node:http").IncomingMessage} request @returns {Promise<[number, string]>} */
async function answerTo(request) {
  const [, service = "", name = ""] = (request.url ?? "").split("/").map(decodeURIComponent);
  let body = "";
  for await (const chunk of request) body += chunk;
  if (service === "mail-server") {
    mailServerWorks = name === "up";
    return [200, ""];
  }
  const known = records[service];
  if (known === undefined) return [404, `no service ${service}`];
  if (request.method === "GET") return [200, JSON.stringify(Object.fromEntries(known))];
  const key = String(request.headers["idempotency-key"]);
  if (doneKeys.has(key)) return [200, ""];
  if (service === "mails" && !mailServerWorks) return [503, "SMTP server unavailable"];
  doneKeys.add(key);
  if (request.method === "PUT") known.set(name, JSON.parse(body));
  else known.delete(name);
  return [200, ""];
}

const server = createServer((request, response) => {
  void answerTo(request).then(([status, text]) => response.writeHead(status).end(text));
});

server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
process.send?.({ port: typeof address === "object" ? address?.port : undefined });
process.once("disconnect", () => process.exit());
