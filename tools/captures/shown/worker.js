// works now more, now less, so that a chart has something to show
let done = 0;
setInterval(() => {
  const until = Date.now() + 120 + 100 * Math.sin(Date.now() / 4000);
  while (Date.now() < until) done += 1;
  process.stdout.write(`worked off ${done}\n`);
}, 500);
