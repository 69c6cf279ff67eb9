const SECRET = "[A-Za-z0-9_-]*(?:PASSW|SECRET|TOKEN|KEY|CREDENTIAL)[A-Za-z0-9_-]*";
const SECRET_NAME = new RegExp(SECRET, "i");
const SECRET_SAID = new RegExp(`(?<![A-Za-z0-9_-])(${SECRET}=|--${SECRET} +)[^\\s;&|]+`, "gi");
const SECRET_OPTION = new RegExp(`^--?${SECRET}$`, "i");
const IN_ADDRESS = /(:\/\/[^/@\s:]*:)[^/@\s]+@/g;
const MASK = "********";

/** A variable's value as it may be shown: what its name calls a secret is masked, and so are passwords in addresses. */
export function maskSecret(name: string, value: string): string {
  return SECRET_NAME.test(name) && value !== "" ? MASK : maskText(value);
}

/** The words of a command as they may be shown: what is given to an option or variable that is called a secret is masked. */
export function maskWords(words: readonly string[]): readonly string[] {
  return words.map((word, at) => (SECRET_OPTION.test(words[at - 1] ?? "") ? MASK : maskText(word)));
}

function maskText(text: string): string {
  return text.replaceAll(IN_ADDRESS, `$1${MASK}@`).replaceAll(SECRET_SAID, `$1${MASK}`);
}
