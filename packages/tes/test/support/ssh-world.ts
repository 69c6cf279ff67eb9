import { isTetraError, type TetraError } from "@tetra/errors";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type ConnectorOptions,
  disconnect,
  type EndpointFlags,
  endpoints,
  execute,
  type ExecuteOptions,
  type Outcome,
  plan,
  type PlanLevel,
  type PlanOptions,
} from "../../src/index.ts";
import {
  knownHost,
  type SshFolder,
  sshFolder,
  startSshd,
  type TestHost,
  type TestSshd,
  writeSshConfig,
} from "./sshd.ts";

/** What is done with a symbol, without where its endpoint comes from. */
export type Doing = PlanOptions extends infer Each
  ? Each extends unknown
    ? Omit<Each, "endpoints" | "flags">
    : never
  : never;

/** A server, a configuration that leads to it, and a folder to work in. */
export interface SshWorld {
  readonly folder: SshFolder;
  readonly sshd: TestSshd;
  readonly connection: ConnectorOptions;
  /** Where the tests put files. */
  readonly far: string;
  plan(host: string, doing: Doing, flags?: EndpointFlags): PlanLevel;
  command(host: string, ...words: readonly string[]): PlanLevel;
  run(what: PlanLevel, options?: ExecuteOptions): Promise<Outcome>;
  errorOf(what: PlanLevel, options?: ExecuteOptions): Promise<TetraError>;
  close(): Promise<void>;
}

/** What makes a world another one. */
export interface WorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** More hosts than `good`. */
  readonly hosts?: (sshd: TestSshd, folder: SshFolder) => readonly TestHost[];
  /** More keys than the server's. */
  readonly known?: (sshd: TestSshd) => readonly string[];
}

export async function sshWorld({
  env = {},
  hosts = () => [],
  known = () => [],
}: WorldOptions = {}): Promise<SshWorld> {
  const folder = sshFolder();
  const sshd = await startSshd(folder, { env });
  const all = [{ name: "good", port: sshd.port }, ...hosts(sshd, folder)];
  const sshConfig = writeSshConfig(folder, all, [knownHost(sshd), ...known(sshd)]);
  const controlFolder = join(folder.path, "c");
  const connection = { sshConfig, controlFolder, keepOpenSeconds: 10, connectTimeoutMs: 10_000 };
  const far = join(folder.path, "far");
  mkdirSync(far);
  const used = new Map<string, PlanLevel>();

  function planFor(host: string, doing: Doing, flags: EndpointFlags = {}): PlanLevel {
    const made = plan("@t", { endpoints: endpoints(), flags: { host, ...flags }, ...doing });
    used.set(JSON.stringify(made.binding.locator.handle.connector.route), made);
    return made;
  }

  const run = (what: PlanLevel, options: ExecuteOptions = {}): Promise<Outcome> =>
    execute(what, { ...connection, ...options });

  return {
    folder,
    sshd,
    connection,
    far,
    plan: planFor,
    command: (host, ...command) => planFor(host, { operation: "execute", command }),
    run,
    async errorOf(what, options) {
      try {
        await run(what, options);
      } catch (error) {
        if (isTetraError(error)) return error;
        throw error;
      }
      throw new Error("it succeeded");
    },
    async close() {
      for (const { binding } of used.values()) {
        await disconnect(binding.locator.handle.connector, connection);
      }
      await sshd.stop();
      folder.remove();
    },
  };
}

/** Bytes as text. */
export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
