import { defineConfig } from "rolldown";

// One small entry, and a chunk for each command: nothing is loaded that is not used. CommonJS, because
// starting node's module loader for the first ES module alone takes a tenth of `node -e 0`.
export default defineConfig({
  input: { ttm: "src/main.ts" },
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
