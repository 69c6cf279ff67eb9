/** The standard's variables for evidence (TTS section 3): `e1`, `e2` … and how many in `e_count`. */
export function evidenceVariables(paths: readonly string[]): Readonly<Record<string, string>> {
  const numbered = paths.map((path, at) => [`e${at + 1}`, path] as const);
  return { ...Object.fromEntries(numbered), e_count: String(paths.length) };
}
