import { defineConfig } from "rolldown";

// One small entry, and chunks: the daemon loads nothing of the command line, and of its own parts (cron,
// file watching, HTTP) what is used. CommonJS starts quicker, and takes less memory, than ES modules.
export default defineConfig({
  // and a second entry: the process that agents talk to
  input: { tetrad: "src/main.ts", gateway: "src/gateway-main.ts" },
  platform: "node",
  // the one finds its binary by its own path, the other is for macOS only and may be missing
  external: ["fs-native-extensions", "fsevents"],
  output: {
    dir: "dist",
    format: "cjs",
    entryFileNames: "[name].cjs",
    chunkFileNames: "chunks/[name].cjs",
    // names stay, so that a bug report can be read
    minify: { compress: true, mangle: false, codegen: true },
  },
});
