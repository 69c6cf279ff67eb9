/** What planning a start looks at. */
export interface LaunchHost {
  /** `$TETRA_DIR`. */
  readonly tetraDir: string;
  /** Where some interpreters are depends on it. */
  readonly system: "linux" | "macos";
  /** Whether there is a file at the path. */
  isFile(path: string): boolean;
  /** Whether there is a file at the path that may be executed. */
  isExecutable(path: string): boolean;
  /** The text of a file; `undefined` when there is none, or it cannot be read. */
  readText(path: string): string | undefined;
  /** The names in a folder; none when there is no such folder. */
  names(folder: string): readonly string[];
  /** Milliseconds since the epoch: in the names of services without a port. */
  nowMs(): number;
  /** The services that there are. */
  serviceNames(): readonly string[];
}
