import { writeSync } from "node:fs";
import { openGateway } from "./http/gateway.ts";
import { type GatewayOrders, type GatewayState, lineReader } from "./http/gateway-words.ts";

// The second process of the daemon: what agents talk to, so that no crowd of them keeps the first one from
// looking after services. It ends when its input ends, which is when the daemon ends.
const { stdin, stdout, env } = process;

const say = (text: string): void => {
  try {
    writeSync(2, `${new Date().toISOString()} ${text}\n`);
  } catch {
    // a full disk, a terminal that is gone: there is nobody to tell
  }
};

async function open(orders: GatewayOrders): Promise<void> {
  const gateway = await openGateway({
    ...orders,
    environment: env,
    now: () => Date.now(),
    onState: (state: GatewayState) => void stdout.write(`${JSON.stringify(state)}\n`),
    say,
    onUnused: () => void end(),
  });
  const end = async (): Promise<void> => {
    await gateway.close();
    process.exit(0);
  };
  if (stdin.readableEnded) await end();
  else stdin.on("end", () => void end());
}

const onLine = lineReader((line) => {
  const orders: GatewayOrders = JSON.parse(line); // our own daemon's, over a pipe that nobody else has
  void open(orders);
});
stdin.setEncoding("utf8");
stdin.on("data", onLine);
stdout.on("error", () => {}); // nobody hears it: the end of the input says so, too
// a terminal's: the daemon decides
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
