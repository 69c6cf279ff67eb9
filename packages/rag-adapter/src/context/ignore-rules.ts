import createIgnore, { type Ignore } from "ignore";

/** What patterns never find, unless it is named by its own path. */
const ALWAYS = ["/.git", "node_modules/", ".tetra/", ".rag/"];
/** The files that say what else. */
export const IGNORE_FILE = ".gitignore";

/** What is ignored in a folder and below it; as git has it. */
export interface IgnoreRules {
  /** The rules one folder down. `text` is what an ignore file there says. */
  below(folder: string, text: string | undefined): IgnoreRules;
  /** `path` is relative to the root. */
  isIgnored(path: string, kind: "file" | "folder"): boolean;
}

/** The rules of the root. */
export function rootRules(): IgnoreRules {
  return rules([{ folder: "", matcher: createIgnore().add(ALWAYS) }]);
}

interface Level {
  readonly folder: string;
  readonly matcher: Ignore;
}

function rules(levels: readonly Level[]): IgnoreRules {
  return {
    below(folder, text) {
      if (text === undefined) return rules(levels);
      return rules([...levels, { folder, matcher: createIgnore().add(text) }]);
    },
    isIgnored(path, kind) {
      // the innermost file that says anything decides
      for (const { folder, matcher } of levels.toReversed()) {
        const inside = folder === "" ? path : path.slice(folder.length + 1);
        const { ignored, unignored } = matcher.test(kind === "folder" ? `${inside}/` : inside);
        if (ignored) return true;
        if (unignored) return false;
      }
      return false;
    },
  };
}
