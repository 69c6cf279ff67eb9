import type { Document, LineCounter } from "yaml";
import { invalidDefinition, type Place } from "./invalid-definition.ts";

/** A YAML or JSON file that was parsed, and where its parts are. */
export interface YamlFile {
  readonly value: unknown;
  /** Where a value is, or its key; where the nearest part around it is if it came by an alias. */
  readonly placeOf: (path: readonly PropertyKey[], of?: "value" | "key") => Place;
}

/**
 * Parses YAML 1.2, of which JSON is a part; merge keys (`<<`) are followed.
 * @throws TetraError `INVALID_DEFINITION` with line and column
 */
export async function parseYamlFile(text: string, file: string): Promise<YamlFile> {
  const yaml = await import("yaml"); // only who reads YAML pays for it
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: true,
    version: "1.2",
  });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined)
    throw invalidDefinition(placeAt(lines, file, fault.pos[0]), fault.message);
  const nodeAt = ({ contents }: Document, path: readonly PropertyKey[], of: "value" | "key") => {
    let node: unknown = contents;
    for (const [depth, key] of path.entries()) {
      const inner = yaml.isAlias(node) ? node.resolve(document) : node;
      if (!yaml.isCollection(inner)) return undefined;
      const pair = yaml.isMap(inner)
        ? inner.items.find((item) => yaml.isScalar(item.key) && String(item.key.value) === key)
        : undefined;
      const isKey = of === "key" && depth === path.length - 1;
      node = isKey ? pair?.key : (pair?.value ?? inner.get(key, true));
    }
    return yaml.isNode(node) ? node.range?.[0] : undefined;
  };
  try {
    return {
      value: document.toJS({ maxAliasCount: 100 }), // a few lines of aliases can stand for gigabytes
      placeOf(path, of = "value") {
        for (let end = path.length; end > 0; end -= 1) {
          const offset = nodeAt(document, path.slice(0, end), end === path.length ? of : "key");
          if (offset !== undefined) return placeAt(lines, file, offset);
        }
        return placeAt(lines, file, 0);
      },
    };
  } catch (cause) {
    throw invalidDefinition({ file }, cause instanceof Error ? cause.message : "", {
      hint: "use fewer aliases",
      cause,
    });
  }
}

function placeAt(lines: LineCounter, file: string, offset: number): Place {
  const { line, col: column } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(column, 1) };
}
