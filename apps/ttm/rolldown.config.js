import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "rolldown";

/** Where the files to source are written; `ttm shell-path` prints the folder they are gathered in. */
const SHELL_FOLDERS = ["shell/", "../../packages/rag-adapter/shell/"].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

const shellFiles = {
  name: "shell-files",
  generateBundle() {
    for (const folder of SHELL_FOLDERS) {
      if (!existsSync(folder)) continue;
      for (const name of readdirSync(folder)) {
        const source = readFileSync(folder + name);
        this.emitFile({ type: "asset", fileName: `shell/${name}`, source });
      }
    }
  },
};

// One small entry for each program, and a chunk for each command: nothing is loaded that is not used. CommonJS,
// because starting node's module loader for the first ES module alone takes a tenth of `node -e 0`.
export default defineConfig({
  input: { ttm: "src/main.ts", "shell-helper": "src/shell/main.ts" },
  plugins: [shellFiles],
  platform: "node",
  // the one finds its binary by its own path, the other its parts
  external: ["fs-native-extensions", "jiti"],
  output: {
    dir: "dist",
    format: "cjs",
    entryFileNames: "[name].cjs",
    chunkFileNames: "chunks/[name].cjs",
    // names stay, so that a bug report can be read; the rest is not worth compiling at each start
    minify: { compress: true, mangle: false, codegen: true },
  },
});
