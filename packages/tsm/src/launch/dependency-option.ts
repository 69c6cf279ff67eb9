import { CONDITIONS, type Dependency } from "../care/service-care.ts";
import { invalidOption, wordOption } from "./option-values.ts";

/** What `--depends-on name:condition,name` says. @throws TetraError `INVALID_OPTION` */
export function dependencyOption(text: string): readonly Dependency[] {
  return text.split(",").map((one) => {
    const at = one.lastIndexOf(":");
    const name = (at === -1 ? one : one.slice(0, at)).trim();
    if (name === "") throw invalidOption("--depends-on", text, "write name or name:condition");
    const condition =
      at === -1 ? "started" : wordOption("--depends-on", one.slice(at + 1), CONDITIONS);
    return { name, condition };
  });
}
