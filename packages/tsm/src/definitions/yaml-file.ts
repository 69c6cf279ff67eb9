import type * as Yaml from "yaml";
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
    uniqueKeys: false, // its own check compares each with each
    merge: true,
    version: "1.2",
  });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const isSecond = fault.code === "MULTIPLE_DOCS";
    const problem = isSecond ? "a second document begins: a file holds one" : fault.message;
    throw invalidDefinition(placeAt(lines, file, fault.pos[0]), problem);
  }
  const anchors = new Set<string>();
  const pairsOf = pairsByKey(yaml, (key, { range }) => {
    const place = placeAt(lines, file, range?.[0] ?? 0);
    throw invalidDefinition(place, `there is a second ${JSON.stringify(key)}`);
  });
  yaml.visit(document, {
    Value(_, node) {
      if (node.anchor !== undefined) anchors.add(node.anchor);
      if (yaml.isMap(node)) pairsOf(node); // looks for keys that are there twice
    },
    Alias(_, alias) {
      if (anchors.has(alias.source)) return;
      const place = placeAt(lines, file, alias.range?.[0] ?? 0);
      throw invalidDefinition(place, `*${alias.source} stands for nothing`, {
        hint: `write &${alias.source} before it, at what it stands for`,
      });
    },
  });
  const nodeAt = (
    { contents }: Yaml.Document,
    path: readonly PropertyKey[],
    of: "value" | "key",
  ) => {
    let node: unknown = contents;
    for (const [depth, key] of path.entries()) {
      const inner = yaml.isAlias(node) ? node.resolve(document) : node;
      if (!yaml.isCollection(inner)) return undefined;
      const pair = yaml.isMap(inner) ? pairsOf(inner).get(key) : undefined;
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

/** Finds the pairs of a map by their keys, however many maps and pairs there are. */
function pairsByKey(
  yaml: typeof Yaml,
  refuseSecond: (key: string, node: Yaml.Node) => void,
): (map: Yaml.YAMLMap) => ReadonlyMap<PropertyKey, Yaml.Pair> {
  const known = new WeakMap<Yaml.YAMLMap, ReadonlyMap<PropertyKey, Yaml.Pair>>();
  return (map) => {
    const before = known.get(map);
    if (before !== undefined) return before;
    const pairs = new Map<PropertyKey, Yaml.Pair>();
    for (const pair of map.items) {
      if (!yaml.isScalar(pair.key)) continue;
      const key = String(pair.key.value);
      if (pairs.has(key) && key !== "<<") refuseSecond(key, pair.key);
      pairs.set(key, pair);
    }
    known.set(map, pairs);
    return pairs;
  };
}

function placeAt(lines: Yaml.LineCounter, file: string, offset: number): Place {
  const { line, col: column } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(column, 1) };
}
