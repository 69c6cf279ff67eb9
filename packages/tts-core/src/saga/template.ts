/** A part of a text that people wrote: as it is, or a place where something is put in. */
export type TemplatePart =
  | { readonly type: "text"; readonly text: string }
  /** What stands between `${` and `}`. */
  | { readonly type: "place"; readonly name: string };

/**
 * Takes a text apart at its places, `${name}`. `$${` stands for `${` as it is.
 * @returns the parts, or, in words, what is wrong with the text
 */
export function templateParts(text: string): readonly TemplatePart[] | string {
  const parts: TemplatePart[] = [];
  let plain = "";
  let end = 0;
  for (const match of text.matchAll(/\$\$\{|\$\{([^{}\n]*)\}?/g)) {
    const [found, name] = match;
    plain += text.slice(end, match.index);
    end = match.index + found.length;
    if (name === undefined) {
      plain += "${";
    } else {
      if (!found.endsWith("}")) return `${found} has no end; $\${ is a \${ as it is`;
      if (plain !== "") parts.push({ type: "text", text: plain });
      parts.push({ type: "place", name: name.trim() });
      plain = "";
    }
  }
  plain += text.slice(end);
  if (plain !== "") parts.push({ type: "text", text: plain });
  return parts;
}
