import type { BindingLevel, Deed, Stdin } from "../levels/binding-level.ts";
import { pathWord } from "./path-word.ts";
import { commandLine, quoteForShell } from "./shell-quote.ts";

// What runs at the place, in the words of POSIX sh (and mktemp, which every system has). Content arrives on
// standard input after a line with its length in bytes: when a connection breaks, what reads it sees the same
// end of input as when all has come, and only the length tells the two apart. A script says what went wrong
// by a line `tetra: CODE reason` where its programs cannot.

const MESSAGES_IN_ENGLISH = "LC_ALL=C; export LC_ALL";
const FAIL = `fail() { printf 'tetra: %s\\n' "$*" >&2; exit 1; }`;
// a command substitution loses line ends: x keeps those that belong to the name
const NEW_TEMPORARY = (template: string): string =>
  `t=$(mktemp ${template}&& printf x) || exit 1; t=\${t%?x}
trap 'rm -f "$t"' EXIT; trap 'exit 1' HUP INT TERM PIPE`;
const RECEIVE = `read -r n || n=none
cat >"$t" || exit 1
[ "$(wc -c <"$t")" -eq "$n" ] 2>/dev/null || fail INCOMPLETE "not all of $n bytes arrived"`;
const FOLLOW_LINK = `if [ -L "$p" ]; then
  p=$(readlink -f -- "$p" && printf x) || fail PATH_KIND "a link to nowhere"; p=\${p%?x}
fi`;

/** The script of a deed at a place. */
export function scriptFor({ locator, deed }: BindingLevel): string {
  return lines(SCRIPTS[deed.operation](pathWord(locator), deed));
}

type ScriptOf = (path: string, deed: Deed) => readonly string[];

const SCRIPTS: Readonly<Record<Deed["operation"], ScriptOf>> = {
  read: (path, deed) => [
    MESSAGES_IN_ENGLISH,
    isFolder(deed) ? `exec tar -cf - -C ${path} .` : `exec cat ${path}`,
  ],
  delete: (path) => [MESSAGES_IN_ENGLISH, `exec rm -f ${path}`],
  append: (path) => [
    MESSAGES_IN_ENGLISH,
    FAIL,
    `p=${path}`,
    NEW_TEMPORARY(""),
    RECEIVE,
    `cat "$t" >>"$p" || exit 1`,
    `sync "$p" 2>/dev/null || sync`,
  ],
  write: (path, deed) =>
    isFolder(deed)
      ? receiveFolder(path)
      : writeScript(path, deed.operation === "write" ? deed : {}),
  execute: (path, deed) =>
    deed.operation === "execute" ? executeScript(path, deed.command, deed.stdin ?? "none") : [],
};

/** Beside the old file, flushed, then in its place in one step. */
function writeScript(
  path: string,
  { mode, makeFolders = false }: { readonly mode?: string; readonly makeFolders?: boolean },
): readonly string[] {
  return [
    MESSAGES_IN_ENGLISH,
    FAIL,
    `p=${path}`,
    FOLLOW_LINK,
    `if [ -e "$p" ] && ! [ -f "$p" ]; then fail PATH_KIND "not a regular file"; fi`,
    ...(makeFolders ? [`mkdir -p "\${p%/*}/" || exit 1`] : []),
    NEW_TEMPORARY(`"\${p%/*}/.tetra-XXXXXXXXXX" `),
    RECEIVE,
    // owner before mode: changing it clears bits
    `if [ -f "$p" ]; then
  o=$(stat -c '%u:%g %a' "$p" 2>/dev/null || stat -f '%u:%g %Lp' "$p") || exit 1
  chown "\${o% *}" "$t" 2>/dev/null || :
  chmod "\${o#* }" "$t" || exit 1
else
  chmod ${mode ?? "=rw"} "$t" || exit 1
fi`,
    `sync "$t" 2>/dev/null || sync`,
    `mv -f "$t" "$p" || exit 1`,
    `sync "\${p%/*}/" 2>/dev/null || :`,
  ];
}

function isFolder(deed: Deed): boolean {
  return (deed.operation === "read" || deed.operation === "write") && deed.kind === "folder";
}

/**
 * A folder comes as a tar archive into a new folder beside, whose name is said. Only when this ended well, and so
 * did who made the archive, does {@link folderInPlace} put it in place.
 */
function receiveFolder(path: string): readonly string[] {
  return [
    MESSAGES_IN_ENGLISH,
    FAIL,
    `p=${path}`,
    FOLLOW_LINK,
    `if [ -e "$p" ] && ! [ -d "$p" ]; then fail PATH_KIND "not a folder"; fi`,
    NEW_TEMPORARY(`-d "\${p%/*}/.tetra-XXXXXXXXXX" `),
    `trap 'rm -rf "$t"' EXIT`,
    `mkdir "$t/new" && tar -xpof - -C "$t/new" || exit 1`,
    `if [ -d "$p" ]; then
  m=$(stat -c %a "$p" 2>/dev/null || stat -f %Lp "$p") && chmod "$m" "$t/new" || exit 1
fi`,
    `sync -f "$t/new" 2>/dev/null || sync`,
    "trap - EXIT",
    `printf %s "$t"`,
  ];
}

/** Exchanges a folder for the received one: by two renames, between which there is none. */
export function folderInPlace({ locator }: BindingLevel, received: string): string {
  return lines([
    MESSAGES_IN_ENGLISH,
    FAIL,
    `p=${pathWord(locator)}`,
    FOLLOW_LINK,
    `t=${quoteForShell(received)}`,
    `if [ -e "$p" ]; then mv "$p" "$t/old" || exit 1; fi`,
    `mv "$t/new" "$p" || { [ ! -e "$t/old" ] || mv "$t/old" "$p"; exit 1; }`,
    `sync "\${p%/*}/" 2>/dev/null || :`,
    `rm -rf "$t"`,
  ]);
}

/** Forgets a received folder. */
export function folderDropped(received: string): string {
  return `exec rm -rf ${quoteForShell(received)}`;
}

// Signals do not cross ssh (without a terminal). Standard input does: nothing is written to it after the
// content, so its end says that the caller is gone or has given up. A watcher then ends the process group,
// which is this command's own: sshd, sudo, docker and we ourselves start a session for it. `kill -0 $$`
// keeps it from hunting what a command that ended well has left running on purpose.
const WATCH = `{
  while read -r x; do :; done <&3
  trap '' TERM
  kill -0 $$ || exit
  read -r x x x x g x </proc/$$/stat || g=$(ps -o pgid= -p $$)
  g=$((g)); kill -s TERM -- "-$g"
  sleep 3; kill -0 $$ && kill -s KILL -- "-$g"
} >/dev/null 2>&1 &
trap : TERM`;

function executeScript(path: string, command: readonly string[], stdin: Stdin): readonly string[] {
  const words = commandLine(command);
  const enter = [
    FAIL,
    path === '"${HOME:?}"'
      ? `cd "\${HOME:-/}" 2>/dev/null || cd /`
      : `cd ${path} 2>/dev/null || fail PATH_NOT_FOUND "no such folder"`,
  ];
  switch (stdin) {
    case "inherit":
      return [...enter, "unset -f fail", `exec ${words}`];
    case "none":
      return [...enter, "unset -f fail", "exec 3<&0 </dev/null", WATCH, `${words} 3<&-`];
    case "content":
      return [
        ...enter,
        "exec 3<&0",
        NEW_TEMPORARY(""),
        `read -r n <&3 || n=none
head -c "$n" <&3 >"$t"
[ "$(wc -c <"$t")" -eq "$n" ] 2>/dev/null || fail INCOMPLETE "not all of $n bytes arrived"`,
        // the command's own standard input, whole before it starts, gone when it ends
        `exec <"$t"; rm -f "$t"; trap - EXIT HUP INT PIPE`,
        "unset -f fail",
        WATCH,
        `${words} 3<&-`,
      ];
  }
}

function lines(parts: readonly string[]): string {
  return parts.join("\n");
}
