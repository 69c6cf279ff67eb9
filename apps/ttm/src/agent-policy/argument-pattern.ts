// Patterns of argument vectors. They are matched argument by argument, never on joined text, so no quoting
// or spelling of one argument can look like two.

/** As many arguments as there are, none included. */
const ANY_ARGUMENTS = "**";

/** An argument that is asked about; `undefined`: it is not known before an earlier step has run. */
export type AskedArgument = string | undefined;

/**
 * Whether arguments are allowed by a pattern: each by its own, in which `*` stands for any characters. It
 * stands neither for an option (what begins with `-`, unless the pattern does) nor for a path with `..` in
 * it. `**` stands for any number of any arguments. What is not known yet counts as allowed: it is looked at
 * again when it is.
 */
export function allowsArguments(
  patterns: readonly string[],
  args: readonly AskedArgument[],
): boolean {
  return matchesList(patterns, args, (pattern, arg) => arg === undefined || allows(pattern, arg));
}

/** Whether a pattern that forbids means these arguments: here `*` stands for anything at all. */
export function forbidsArguments(
  patterns: readonly string[],
  args: readonly AskedArgument[],
): boolean {
  return matchesList(
    patterns,
    args,
    (pattern, arg) => arg !== undefined && matchesText(pattern, arg),
  );
}

/** Whether a name fits a pattern. */
export function fitsName(pattern: string, name: string): boolean {
  return matchesText(pattern, name);
}

/** Whether a pattern stands for more than one text. */
export function isOpen(pattern: string): boolean {
  return pattern.includes("*");
}

function allows(pattern: string, arg: string): boolean {
  if (!isOpen(pattern)) return pattern === arg;
  if (arg.startsWith("-") && !pattern.startsWith("-")) return false;
  return !GOES_UP.test(arg) && matchesText(pattern, arg);
}

/** A path that goes up, also as the value of an option. */
const GOES_UP = /(?:^|[/=:,])\.\.(?:\/|$)/;

function matchesText(pattern: string, text: string): boolean {
  return matches(pattern, text, "*", (a, b) => a === b);
}

function matchesList(
  patterns: readonly string[],
  args: readonly AskedArgument[],
  fits: (pattern: string, arg: AskedArgument) => boolean,
): boolean {
  return matches(patterns, args, ANY_ARGUMENTS, fits);
}

/** Something that is gone through place by place. */
interface Sequence<T> {
  readonly length: number;
  readonly [at: number]: T;
}

/**
 * The usual way with wildcards: on a mismatch, the last one takes one place more. Going back to it alone is
 * enough, so that no pattern takes longer than the product of both lengths.
 */
function matches<Pattern, Item>(
  pattern: Sequence<Pattern>,
  items: Sequence<Item>,
  wildcard: Pattern,
  fits: (pattern: Pattern, item: Item) => boolean,
): boolean {
  let at = 0;
  let place = 0;
  let last = -1;
  let taken = 0;
  while (place < items.length) {
    const wanted = pattern[at];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `place` is within the items
    const item = items[place] as Item;
    if (at < pattern.length && wanted === wildcard) {
      last = at;
      taken = place;
      at += 1;
    } else if (at < pattern.length && wanted !== undefined && fits(wanted, item)) {
      at += 1;
      place += 1;
    } else if (last === -1) {
      return false;
    } else {
      taken += 1;
      at = last + 1;
      place = taken;
    }
  }
  while (pattern[at] === wildcard) at += 1;
  return at === pattern.length;
}
