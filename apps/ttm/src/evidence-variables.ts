/** The standard's variables for evidence (TTS section 3): `e1`, `e2` … and how many in `e_count`. */
export function evidenceVariables(paths: readonly string[]): Readonly<Record<string, string>> {
  const numbered = paths.map((path, at) => [`e${at + 1}`, path] as const);
  return { ...Object.fromEntries(numbered), e_count: String(paths.length) };
}

/** What is told of them, line by line (TTS section 7). */
export function evidenceLines(paths: readonly string[]): readonly string[] {
  if (paths.length === 0) return ["No evidence files found"];
  return [
    `Evidence variables initialized: ${paths.length} file(s)`,
    ...paths.map((path, at) => `  $e${at + 1} = ${path}`),
  ];
}
