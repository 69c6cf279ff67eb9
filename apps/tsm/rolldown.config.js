import { createRequire } from "node:module";
import { resolve } from "node:path";
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

// Each file to load costs half a millisecond. So there is one with what every command needs, the command line itself,
// and one with what nearly every command needs: services, what shows them, and their short ways.
const ENGINE = new RegExp(
  [
    "packages/tsm/dist/\\w+\\.js",
    "packages/tsm/dist/(care|files|platform|run|supervise)/",
    "packages/durable-fs/",
    "packages/cli-kit/dist/(table|duration)\\.js",
    "apps/tsm/src/(act-on-each|actual-ports|levels|look|one-look|opened-services|selected-services|service-record|size-text)\\.ts",
    "apps/tsm/src/(status-style|stop-options|stop-service|undisturbed|uptime-text)\\.ts",
    "apps/tsm/src/list/(choose|list-table|service-files)\\.ts",
  ]
    .map((path) => path.replaceAll("/", "[/\\\\]"))
    .join("|"),
);

/** And one with what it takes to start a service. */
const START = new RegExp(
  [
    "packages/tsm/dist/launch/",
    "apps/tsm/src/start/(launch-context|planning|started-text|wake-daemon|what-to-start)\\.ts",
    "apps/tsm/src/boot/follow-upstream\\.ts",
  ]
    .map((path) => path.replaceAll("/", "[/\\\\]"))
    .join("|"),
);

/** What a module imports, and so on, but for what it loads only when it is needed. */
function importedBy(id, moduleOf, found = new Set()) {
  if (found.has(id)) return found;
  found.add(id);
  for (const imported of moduleOf(id)?.importedIds ?? []) importedBy(imported, moduleOf, found);
  return found;
}

/** Names the file for a module of the command line: other chunks use some of it, but the entry needs it all. */
function commandLineOf(input) {
  let needed;
  return (id, context) => {
    needed ??= importedBy(resolve(input), (each) => context.getModuleInfo(each));
    return needed.has(id) ? "command-line" : null;
  };
}

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
      codeSplitting: {
        groups: [
          { name: commandLineOf(input), priority: 1 },
          { name: "engine", test: ENGINE },
          { name: "start", test: START },
        ],
      },
      // names stay, so that a bug report can be read; the rest is not worth compiling at each start
      minify: { compress: true, mangle: { keepNames: true }, codegen: true },
    },
  });
}

// two builds, so that what both have in common is not in files of its own
export default [program("tsm", "src/main.ts"), program("tpm", "src/tpm.ts")];
