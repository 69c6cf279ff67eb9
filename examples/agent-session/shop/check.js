// A check: `node check.js /path what-it-must-say`. Ends with 0 exactly when the service says so.
const [path = "/", expected = ""] = process.argv.slice(2);
const response = await fetch(`http://127.0.0.1:${process.env["SHOP_PORT"]}${path}`);
const text = (await response.text()).trim();
const isGood = response.ok && text === expected;
// the last line of its complaints is what is recorded of a check that fails
process[isGood ? "stdout" : "stderr"].write(`${response.status} ${text}\n`);
process.exitCode = isGood ? 0 : 1;
