/** How connections are made. */
export interface ConnectorOptions {
  /** An ssh configuration instead of the user's own (`ssh -F`). */
  readonly sshConfig?: string;
  /** How long connecting may take, in milliseconds; by default 10,000. Without effect while a person is asked. */
  readonly connectTimeoutMs?: number;
  /** Whether ssh may ask a person on the terminal (passphrases, new hosts); by default it may not. */
  readonly isInteractive?: boolean;
  /** Gives up, while connecting and later. */
  readonly signal?: AbortSignal;
  /**
   * How long a shared ssh connection stays open without use, in seconds; by default 60. 0: connections are
   * not shared.
   */
  readonly keepOpenSeconds?: number;
  /** Where sockets of shared connections are: private, and short (69 bytes). By default below `$XDG_RUNTIME_DIR`, or the temporary folder. */
  readonly controlFolder?: string;
  /** The environment of the programs that are started; by default this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** By default a connection must stand within this time. */
export const CONNECT_TIMEOUT_MS = 10_000;
