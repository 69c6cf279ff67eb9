const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** A number of bytes for people, in steps of 1024: `512 B`, `1.5 KB`, `12 MB`. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let at = 0;
  while (value >= 1023.5 && at < UNITS.length - 1) {
    value /= 1024;
    at += 1;
  }
  const digits = at > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[at]}`;
}
