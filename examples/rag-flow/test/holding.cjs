// For `node --require`: stops this process right before the nth time it changes a name in the project, and tells who
// it is, so that it can be killed exactly there.
const fs = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");
const { HELD_AT, HELD_FILE = "", HELD_PROJECT = "" } = process.env;

let changes = 0;
for (const name of /** @type {const} */ (["linkSync", "mkdirSync", "renameSync", "unlinkSync"])) {
  const real = fs[name];
  Object.assign(fs, {
    [name](/** @type {unknown[]} */ ...args) {
      if (args.some(isInProject)) {
        changes += 1;
        if (changes === Number(HELD_AT)) {
          fs.writeFileSync(HELD_FILE, String(process.pid));
          process.kill(process.pid, "SIGSTOP");
        }
      }
      return Reflect.apply(real, fs, args);
    },
  });
}
syncBuiltinESMExports();

/** @param {unknown} path */
function isInProject(path) {
  const text = String(path);
  return text.startsWith(`${HELD_PROJECT}/`) && !text.startsWith(`${HELD_PROJECT}/rag`);
}
