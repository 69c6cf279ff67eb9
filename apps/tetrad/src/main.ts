#!/usr/bin/env node
const [command, ...words] = process.argv.slice(2);
const isPlain = words.every((word) => word === "--on-demand");

// what runs for months loads nothing of the command line
if (command === "run" && isPlain) {
  void import("./serve.ts").then(({ serve }) => serve(process, { isOnDemand: words.length > 0 }));
} else {
  void import("./program.ts").then(({ runTetrad }) => runTetrad(process));
}
