import { nodeFileSystem } from "@tetra/durable-fs";
import { failureLines, type Program, runProgram } from "@tetra/cli-kit";
import manifest from "../package.json" with { type: "json" };
import type { App } from "./app.ts";
import { COMMAND_LINE } from "./command-line.ts";
import { dataRoot } from "./data-root.ts";
import { exitStatusOf } from "./exit-status.ts";

/** Runs the command line, and ends the process. */
export function runTetrad(host: NodeJS.Process): void {
  const program: Program<App> = {
    commandLine: COMMAND_LINE,
    appOf: (terminal, given) => {
      const tetraDir = (): string => dataRoot(terminal.env, host.cwd(), given?.value("dir"));
      return {
        ...terminal,
        version: manifest.version,
        now: () => Date.now(),
        tetraDir,
        config: () => ({ fs: nodeFileSystem(), tetraDir: tetraDir() }),
        cwd: () => host.cwd(),
        program: host.argv[1] ?? "",
        async serve(isOnDemand) {
          host.env["TETRA_DIR"] = tetraDir();
          const { serve } = await import("./serve.ts");
          return serve(host, { isOnDemand });
        },
      };
    },
    tell: (failure) => ({
      failure,
      lines: failureLines(failure, "tetrad: "),
      exitStatus: exitStatusOf(failure.code),
    }),
    jsonOf: (error) => ({ success: false, error }),
    topics: async () => ({
      tokens: async ({ config }) => {
        const { readTokens } = await import("./tokens/token-file.ts");
        return readTokens(config()).map(({ name, mode }) => ({ value: name, description: mode }));
      },
    }),
  };
  runProgram(host, program);
}
