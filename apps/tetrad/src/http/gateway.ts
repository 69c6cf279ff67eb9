import { rmSync, watch } from "node:fs";
import { isSystemError, nodeFileSystem } from "@tetra/durable-fs";
import { isTetraError } from "@tetra/errors";
import { configFolder } from "../config-folder.ts";
import { tokenBook } from "../tokens/token-book.ts";
import { useNotes } from "../tokens/token-uses.ts";
import { answering } from "./answering.ts";
import { argumentsFor } from "./caller.ts";
import { readHttpSettings } from "./config-file.ts";
import { hostNames } from "./door.ts";
import type { GatewayOrders, GatewayState } from "./gateway-words.ts";
import { keepListening } from "./keep-listening.ts";
import { listen, listenOnSocket } from "./listening.ts";
import type { SessionLimits, Sessions } from "./sessions.ts";
import { checkReach, type HttpSettings } from "./settings.ts";

/** What a gateway works with. */
export interface GatewayOptions extends GatewayOrders {
  readonly environment: NodeJS.ProcessEnv;
  readonly now: () => number;
  /** Default: the usual ones. */
  readonly limits?: SessionLimits;
  readonly onState: (state: GatewayState) => void;
  /** For people: a line. */
  readonly say: (text: string) => void;
  /** It serves nobody but the daemon's socket, and for a while there was no session: nobody needs it. */
  readonly onUnused: () => void;
  /** How long that while is. Default: a minute. */
  readonly unusedMs?: number;
}

/** What agents talk to. */
export interface Gateway {
  /** Ends it, and every session. */
  close(): Promise<void>;
}

const SWEEP_MS = 1000;
const UNUSED_MS = 60_000;

/**
 * Opens the gateway of `$TETRA_DIR`: for the daemon, on a socket, and where the settings say. Resolves
 * when it listens; where it cannot, its state says so, and it goes on trying.
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { tetraDir, ttm, socket, environment, now, say } = options;
  const place = { fs: nodeFileSystem(), tetraDir };
  const book = tokenBook({ ...place, now, complain: say });
  const notes = useNotes(tetraDir, now);
  let sessions: Promise<Sessions> | undefined;
  let state: GatewayState = { urls: [], sessions: 0 };
  let isOpen = false;
  let sweeping: NodeJS.Timeout | undefined;
  let unused: NodeJS.Timeout | undefined;

  const settings = readSettings();
  const { owner, stranger } = answering({
    book,
    notes,
    hosts: hostNames(settings?.address, settings?.hosts ?? []),
    sessions: () => (sessions ??= loadSessions()),
    say,
  });
  rmSync(socket, { force: true });
  const own = await listenOnSocket(socket, owner);
  const listening = settings && (await listenTo(settings));
  const unwatch = watchTokens(tetraDir, () => void sweep());
  isOpen = true;
  tellCount(0);

  function tell(news: GatewayState): void {
    state = news;
    if (isOpen) options.onState(state);
  }

  function tellProblem(problem: string): void {
    if (problem !== state.problem) say(`agents are not served over HTTP: ${problem}`);
    tell({ ...state, problem });
  }

  function readSettings(): HttpSettings | undefined {
    try {
      return readHttpSettings(place);
    } catch (error) {
      if (!isTetraError(error)) throw error;
      tellProblem(error.message);
      return undefined;
    }
  }

  function listenTo(wanted: HttpSettings): Promise<{ close(): void }> {
    return keepListening({
      settings: wanted,
      async listen() {
        checkReach(wanted, { hasTokens: book.hasTokens() });
        return listen(wanted, stranger);
      },
      onListening(urls) {
        say(`agents are served at ${urls.join(" and ")}`);
        tell({ urls, sessions: state.sessions });
      },
      onProblem: tellProblem,
    });
  }

  // the SDK is most of what this process weighs: it is loaded for the first session
  async function loadSessions(): Promise<Sessions> {
    const { keepSessions, SESSION_LIMITS } = await import("./sessions.ts");
    const loaded = keepSessions({
      limits: options.limits ?? SESSION_LIMITS,
      now,
      say,
      isGood: (caller) => caller.type === "owner" || book.isGood(caller.token),
      serverFor: (caller) => ({
        command: [...ttm, ...argumentsFor(caller)],
        cwd: tetraDir,
        environment: { ...environment, TETRA_DIR: tetraDir },
      }),
      onChange: () => tellCount(loaded.count()),
    });
    return loaded;
  }

  /** Where there is no session, nothing has to be looked at now and then. */
  function tellCount(count: number): void {
    clearInterval(sweeping);
    clearTimeout(unused);
    if (!isOpen) return;
    const isWanted = settings !== undefined || state.problem !== undefined;
    if (count > 0) sweeping = setInterval(() => void sweep(), SWEEP_MS);
    else if (!isWanted) unused = setTimeout(options.onUnused, options.unusedMs ?? UNUSED_MS);
    tell({ ...state, sessions: count });
  }

  async function sweep(): Promise<void> {
    (await sessions)?.sweep();
  }

  return {
    async close() {
      isOpen = false;
      clearInterval(sweeping);
      clearTimeout(unused);
      unwatch();
      listening?.close();
      own.close();
      await (await sessions)?.close();
      notes.close();
    },
  };
}

/** A revoked token counts no more at the next request anyway: this is for what is under way. */
function watchTokens(tetraDir: string, onChange: () => void): () => void {
  try {
    const watcher = watch(configFolder(tetraDir), onChange);
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return () => {}; // without the folder, or a watch left for it, the next sweep notices
  }
}
