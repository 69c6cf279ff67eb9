import { TetraError } from "@tetra/errors";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { endpoints, type Endpoints } from "../endpoints.ts";
import type { ResolveErrorCode } from "../errors.ts";
import { checkTopology } from "../topology.ts";
import { findSourceFiles, type Places, type SourceFile } from "./find-files.ts";
import type { Problem } from "./problem.ts";
import { EMPTY_SSH_CONFIG, readSshConfig, type SshConfigFiles, wildcard } from "./ssh-config.ts";
import { topologySource } from "./topology-source.ts";
import { checkTetraToml, tetraTomlSource } from "./tetra-toml.ts";

/**
 * Reads everything that describes endpoints. Files that do not exist are passed over.
 * @throws TetraError `INVALID_TOPOLOGY`, `INVALID_CONFIG`, `AMBIGUOUS_ORG`
 */
export function loadEndpoints(places: Places): Endpoints {
  const files = findSourceFiles(places);
  const sources = files.flatMap(({ format, file }) => {
    const text = format === "ssh config" ? undefined : readIfThere(file);
    if (text === undefined) return [];
    return [format === "topology.json" ? topologySource(text, file) : tetraTomlSource(text, file)];
  });
  const sshConfig = files.find(({ format }) => format === "ssh config")?.file;
  return endpoints(
    sources,
    sshConfig === undefined ? EMPTY_SSH_CONFIG : loadSshConfig(sshConfig, places.home ?? ""),
  );
}

/** Everything that is wrong in these files. Those that do not exist are passed over, ssh's are ssh's. */
export function checkFiles(files: readonly SourceFile[]): readonly Problem[] {
  return files.flatMap(({ format, file }) => {
    const text = format === "ssh config" ? undefined : readIfThere(file);
    if (text === undefined) return [];
    return format === "topology.json" ? checkTopology(text, file) : checkTetraToml(text, file);
  });
}

/** Reads an OpenSSH client configuration from disk; see {@link readSshConfig}. */
export function loadSshConfig(file: string, home: string): ReturnType<typeof readSshConfig> {
  return readSshConfig(file, diskFiles(home));
}

function diskFiles(home: string): SshConfigFiles {
  return {
    read(file) {
      try {
        return readFileSync(file, "utf8");
      } catch {
        return undefined; // ssh itself will say so, if it needs the file
      }
    },
    included(pattern) {
      const path = pattern.startsWith("~/") ? join(home, pattern.slice(2)) : pattern;
      const absolute = path.startsWith("/") ? path : join(home, ".ssh", path);
      return /[*?]/u.test(basename(absolute)) ? filesLike(absolute) : [absolute];
    },
  };
}

/** Wildcards in the last part only: what people use, `config.d/*`. */
function filesLike(path: string): readonly string[] {
  const folder = dirname(path);
  const like = wildcard(basename(path));
  try {
    return readdirSync(folder)
      .filter((name) => like.test(name) && !name.startsWith("."))
      .toSorted()
      .map((name) => join(folder, name));
  } catch {
    return []; // no such folder: nothing is included
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new TetraError<ResolveErrorCode>("INVALID_CONFIG", `${file}: cannot be read (${code})`, {
      hint: "look at its permissions",
      details: { file },
      cause,
    });
  }
}
