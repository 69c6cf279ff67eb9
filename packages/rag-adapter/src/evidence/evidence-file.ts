import { createHash } from "node:crypto";

/** What an evidence file says. */
export interface EvidenceFile {
  /** The source as the caller named it. */
  readonly heading: string;
  /** Absolute path of the source. */
  readonly source: string;
  /** `sha256:` and the digest of exactly the bytes that were taken, lower hex. */
  readonly cid: string;
  /** `full`, `lines=a:b` or `bytes=a:b`. */
  readonly span: string;
  readonly tags: readonly string[];
  readonly text: string;
}

/** Languages by file name extension, where they differ. */
const LANGUAGES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    bash: "bash",
    c: "c",
    cjs: "js",
    cpp: "cpp",
    css: "css",
    diff: "diff",
    go: "go",
    h: "c",
    html: "html",
    java: "java",
    js: "js",
    json: "json",
    jsx: "jsx",
    kt: "kotlin",
    md: "markdown",
    mjs: "js",
    patch: "diff",
    php: "php",
    py: "python",
    rb: "ruby",
    rs: "rust",
    sh: "bash",
    sql: "sql",
    swift: "swift",
    toml: "toml",
    ts: "ts",
    tsx: "tsx",
    xml: "xml",
    yaml: "yaml",
    yml: "yaml",
    zsh: "zsh",
  }),
);

/** `sha256:` and the digest of bytes. */
export function contentId(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The text of an evidence file. A fence is longer than any that the text has. */
export function formatEvidence(evidence: EvidenceFile): string {
  const { heading, source, cid, span, tags, text } = evidence;
  const longest = [...text.matchAll(/`{3,}/g)].reduce(
    (most, [run]) => Math.max(most, run.length),
    2,
  );
  const fence = "`".repeat(longest + 1);
  const facts = [
    `source_uri=${fileUri(source)}`,
    `cid=${cid}`,
    `span=${span}`,
    `tags=${tags.join(",")}`,
  ];
  const closed = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return `# Evidence: ${oneLine(heading)}\n<!-- ${facts.join("; ")} -->\n\n${fence}${languageOf(source)}\n${closed}${fence}\n`;
}

/** Reads an evidence file, the original's, too; `undefined` when it has no heading, comment and fence. */
export function parseEvidence(file: string): EvidenceFile | undefined {
  const [, heading, comment, fence, rest] =
    /^#+[ \t]*([^\n]*)\n\s*<!--(.*?)-->\s*?\n\s*?(`{3,})[^\n]*\n(.*)$/s.exec(file) ?? [];
  if (heading === undefined || comment === undefined || fence === undefined) return undefined;
  const end = `\n${rest ?? ""}`.lastIndexOf(`\n${fence}`);
  if (end === -1) return undefined;
  const body = (rest ?? "").slice(0, end);
  const fact = (name: string): string | undefined =>
    new RegExp(`(?:^|[\\s;])${name}=([^\\s;]*)`).exec(comment)?.[1];
  const cid = fact("cid") ?? "";
  const span = /(?:lines|bytes)=[0-9]+:[0-9]*/.exec(comment)?.[0] ?? "full";
  return {
    heading: heading.replace(/^Evidence:\s*/, ""),
    source: pathOf(fact("source_uri") ?? ""),
    cid,
    span,
    tags: (fact("tags") ?? "").split(",").filter((tag) => tag !== ""),
    text: exactText(body, cid),
  };
}

/** The fence begins a line of its own, so the text may have lacked a newline there: its digest tells. */
function exactText(body: string, cid: string): string {
  if (!body.endsWith("\n")) return body;
  const open = body.slice(0, -1);
  return contentId(new TextEncoder().encode(open)) === cid ? open : body;
}

function languageOf(source: string): string {
  const extension = /\.([A-Za-z0-9]+)$/.exec(source)?.[1]?.toLowerCase() ?? "";
  return LANGUAGES.get(extension) ?? "";
}

/** A `file:` URI. `>` is escaped in it, so that it cannot end a comment. */
function fileUri(path: string): string {
  return `file://${path
    .replaceAll(/\p{Surrogate}/gu, "\uFFFD")
    .split("/")
    .map(encodeURIComponent)
    .join("/")}`;
}

function pathOf(uri: string): string {
  const path = uri.replace(/^file:\/\//, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // not escaped: the original's
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
