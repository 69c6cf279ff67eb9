const { createServer } = require("node:http");
const port = Number(process.env.PORT);
const server = createServer((request, response) => {
  process.stdout.write(`${request.method} ${request.url}\n`);
  response.end("hello\n");
});
server.on("error", ({ code }) => {
  process.stderr.write(`cannot listen on ${port}: ${code}\n`);
  process.exit(1);
});
server.listen(port, "127.0.0.1", () => process.stdout.write("listening\n"));
