const PLAIN = /^[A-Za-z0-9:_]$/;

/** A text as part of a unit's name, as `systemd-escape` writes it. */
export function escapeUnitName(text: string): string {
  return [...Buffer.from(text)]
    .map((byte, index) => {
      const character = String.fromCharCode(byte);
      if (character === "/") return "-";
      if (PLAIN.test(character) || (character === "." && index > 0)) return character;
      return String.raw`\x` + byte.toString(16).padStart(2, "0");
    })
    .join("");
}

/** The unit of one service. */
export function serviceUnitName(service: string): string {
  return `tsm-${escapeUnitName(service)}.service`;
}
