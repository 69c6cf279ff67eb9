/** A place in a text, as editors count: both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where an offset is. Columns are UTF-16 units. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return {
    line: before.split("\n").length,
    column: offset - before.lastIndexOf("\n"),
  };
}

// RFC 8259, token by token; sticky, so that each match starts where the one before ended
const SPACE = /[ \t\n\r]*/y;
// oxlint-disable-next-line no-control-regex -- the control characters are what JSON forbids in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * The offset of the first character that JSON does not allow where it stands (the end of the text when
 * something is missing there), or `undefined` when the text is JSON. `JSON.parse` of Node 20 says that
 * for some mistakes only.
 */
export function jsonErrorAt(text: string): number | undefined {
  let at = 0;

  function take(token: RegExp): boolean {
    token.lastIndex = at;
    if (!token.test(text)) return false;
    at = token.lastIndex;
    return true;
  }

  function takeCharacter(character: string): boolean {
    take(SPACE);
    if (text[at] !== character) return false;
    at += 1;
    return true;
  }

  function takeValue(): boolean {
    if (takeCharacter("{")) return takeMembers("}", takeProperty);
    if (takeCharacter("[")) return takeMembers("]", takeValue);
    return take(STRING) || take(SCALAR);
  }

  function takeProperty(): boolean {
    take(SPACE);
    return take(STRING) && takeCharacter(":") && takeValue();
  }

  function takeMembers(end: string, takeMember: () => boolean): boolean {
    if (takeCharacter(end)) return true;
    do {
      if (!takeMember()) return false;
    } while (takeCharacter(","));
    return takeCharacter(end);
  }

  const isWhole = takeValue();
  take(SPACE);
  return isWhole && at === text.length ? undefined : at;
}
