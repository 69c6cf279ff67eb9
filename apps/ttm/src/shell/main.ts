import process from "node:process";
import { knownFunctions } from "./functions.ts";
import { runHelper } from "./helper.ts";

// The program behind the shell functions. What went wrong is for whoever waits for it to start.
runHelper(process.argv.slice(2), knownFunctions()).then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`, () => process.exit(1));
  },
);
