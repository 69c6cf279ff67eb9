import { KeyLines } from "./key-lines.ts";

/** An object or array that is open, and which key of it is next or now. */
interface Open {
  readonly isObject: boolean;
  /** The path of the container. */
  readonly under: string;
  /** The path of the member that is being read. */
  member: string;
  isKeyNext: boolean;
  index: number;
}

/**
 * Finds the line of every key of a text that `JSON.parse` accepts. Character by character, because a
 * file of a thousand hosts must load in milliseconds.
 */
export function jsonKeyLines(text: string): KeyLines {
  const found = new KeyLines();
  const open: Open[] = [];
  let line = 1;

  const push = (isObject: boolean): void => {
    const around = open.at(-1);
    const under = around?.member ?? "";
    const member = isObject ? under : found.add(under, "0", line);
    open.push({ isObject, under, member, isKeyNext: isObject, index: 0 });
  };

  for (let at = 0; at < text.length; at += 1) {
    const now = open.at(-1);
    switch (text.charAt(at)) {
      case "\n":
        line += 1;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (now?.isKeyNext === true) {
          now.member = found.add(now.under, keyOf(text.slice(at, end + 1)), line);
          now.isKeyNext = false;
        }
        at = end;
        break;
      }
      case "{":
        push(true);
        break;
      case "[":
        push(false);
        break;
      case "}":
      case "]":
        open.pop();
        break;
      case ",":
        if (now?.isObject === true) now.isKeyNext = true;
        else if (now !== undefined) {
          now.index += 1;
          now.member = found.add(now.under, String(now.index), line);
        }
        break;
      default:
        break;
    }
  }
  return found;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function keyOf(quoted: string): string {
  return quoted.includes("\\") ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}
