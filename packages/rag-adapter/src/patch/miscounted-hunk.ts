const HEADER = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/** Says of the hunk whose header is at this line (from 1) which one it is, what it counts, and what is there. */
export function miscountedHunk(patch: string, headerLine: number): string | undefined {
  const lines = patch.split("\n");
  const header = HEADER.exec(lines[headerLine - 1] ?? "");
  const begun = lines.slice(0, headerLine);
  const names = begun.findLastIndex((_line, at) => isFileHeader(lines, at - 1));
  if (header === null || names === -1) return undefined;
  const hunk = begun.slice(names + 1).filter((line) => HEADER.test(line)).length;
  const counted = [header[1] ?? "1", header[2] ?? "1"].join(" old and ");
  const body = bodyOf(lines, headerLine);
  const old = body.filter((line) => /^(?:[ -]|$)/.test(line)).length;
  const fresh = body.filter((line) => /^(?:[ +]|$)/.test(line)).length;
  const next = lines[headerLine + body.length] ?? "";
  const end = next === "" ? "" : `, then comes ${JSON.stringify(next.slice(0, 60))}`;
  return `${fileOf(lines, names)}: hunk ${hunk} (line ${headerLine}) counts ${counted} new lines, but has ${old} old and ${fresh} new${end}`;
}

function bodyOf(lines: readonly string[], from: number): readonly string[] {
  const isBody = (line: string, at: number): boolean =>
    /^(?:[ +\\-]|$)/.test(line) && !isFileHeader(lines, from + at);
  const rest = lines.slice(from);
  const end = rest.findIndex((line, at) => !isBody(line, at));
  const body = end === -1 ? rest : rest.slice(0, end);
  return body.slice(0, body.findLastIndex((line) => line !== "") + 1);
}

function isFileHeader(lines: readonly string[], at: number): boolean {
  return lines[at]?.startsWith("--- ") === true && lines[at + 1]?.startsWith("+++ ") === true;
}

/** The file by the line with its new name; where that is nothing, by the one before. */
function fileOf(lines: readonly string[], names: number): string {
  const nameAt = (at: number): string =>
    (lines[at] ?? "").slice("+++ ".length).split("\t")[0] ?? "";
  const fresh = nameAt(names);
  return (fresh === "/dev/null" ? nameAt(names - 1) : fresh).replace(/^[ab]\//, "");
}
