import { createServer } from "node:net";

/** The ports that documents use: 4100 to 4199. */
const WRITTEN = /\b41\d\d\b/g;
const FIRST_OTHER = 4200;
const LAST_OTHER = 4999;

/** The port that is used for each that is written. */
export type StandIns = ReadonlyMap<string, string>;

/** Finds a port for each that these commands name: itself, or another of four digits if somebody has it. */
export async function standInPorts(commands: readonly string[]): Promise<StandIns> {
  const written = new Set(commands.flatMap((command) => command.match(WRITTEN) ?? []));
  const standIns = new Map<string, string>();
  let other = FIRST_OTHER;
  for (const port of written) {
    let candidate = Number(port);
    while (!(await isFree(candidate)) && other <= LAST_OTHER) candidate = other++;
    standIns.set(port, String(candidate));
  }
  return standIns;
}

/** A command as it is run. */
export function withStandIns(command: string, standIns: StandIns): string {
  return command.replaceAll(WRITTEN, (port) => standIns.get(port) ?? port);
}

/** What it printed, as if it had been run as it is written. */
export function asWritten(line: string, standIns: StandIns): string {
  const written = new Map([...standIns].map(([port, used]) => [used, port]));
  return line.replaceAll(/\b4\d{3}\b/g, (port) => written.get(port) ?? port);
}

/** What listens on every address is in the way of loopback, too. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
