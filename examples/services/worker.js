import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const { DATA = "data" } = process.env;

setInterval(() => {
  for (const id of readdirSync(join(DATA, "orders"))) {
    renameSync(join(DATA, "orders", id), join(DATA, "packed", id));
    process.stdout.write(`packed ${id}\n`);
  }
}, 100);
