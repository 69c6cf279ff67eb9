import { createRequire } from "node:module";
import { defineConfig } from "rolldown";

/** Parts of node that take milliseconds to load, and that most commands never call. */
const SELDOM = new Set([
  "node:child_process",
  "node:crypto",
  "node:readline",
  "node:stream/consumers",
  "node:timers/promises",
]);

/** Their functions load them when they are called first; what is no function is not offered. */
function loadedWhenCalled() {
  const require = createRequire(import.meta.url);
  return {
    name: "loaded-when-called",
    resolveId: (source) => (SELDOM.has(source) ? `\0${source}` : undefined),
    load(id) {
      const source = id.slice(1);
      if (!SELDOM.has(source)) return undefined;
      const names = Object.entries(require(source))
        .filter(([name, value]) => typeof value === "function" && /^[a-z]\w*$/.test(name))
        .map(([name]) => name);
      const load = `process.getBuiltinModule(${JSON.stringify(source)})`;
      return {
        code: names
          .map((name) => `export const ${name} = (...args) => ${load}.${name}(...args);`)
          .join("\n"),
        moduleSideEffects: false,
      };
    },
  };
}

// What nearly every command uses is one file, because each file to load costs half a millisecond.
const ENGINE =
  /[/\\]packages[/\\](tsm[/\\]dist[/\\](\w+\.js|(care|files|platform|run|supervise)[/\\])|durable-fs)/;

/** A program: one small entry, which has what the command line needs, and a chunk for each command. */
function program(name, input) {
  return defineConfig({
    input: { [name]: input },
    platform: "node",
    plugins: [loadedWhenCalled()],
    // the one finds its binary by its own path, the other is a program of its own
    external: ["fs-native-extensions", "@tetra/tetrad"],
    output: {
      dir: "dist",
      // CommonJS, because starting node's module loader for the first ES module alone takes a tenth of `node -e 0`
      format: "cjs",
      entryFileNames: "[name].cjs",
      chunkFileNames: `chunks/${name}/[name].cjs`,
      codeSplitting: { groups: [{ name: "engine", test: ENGINE }] },
      // names stay, so that a bug report can be read; the rest is not worth compiling at each start
      minify: { compress: true, mangle: false, codegen: true },
    },
  });
}

// two builds, so that what both have in common is not in files of its own
export default [program("tsm", "src/main.ts"), program("tpm", "src/tpm.ts")];
