const WORD = /(?:'[^']*'|"(?:[^"\\]|\\[^])*"|\\[^]|[^\s'"\\])+/g;
const PART = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^'"\\]+)/g;

/** The words of a text, with the quotes of a shell; nothing is expanded, and a quote without end is a letter. */
export function shellWords(text: string): readonly string[] {
  return (text.match(WORD) ?? []).map((word) =>
    word.replaceAll(
      PART,
      (_, single?: string, double?: string, escaped?: string, plain?: string) =>
        single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain ?? "",
    ),
  );
}

/** A text as one word of a shell. */
export function shellQuoted(text: string): string {
  return /^[A-Za-z0-9_./:@%+,=-]+$/.test(text)
    ? text
    : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
