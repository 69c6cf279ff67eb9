import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { completionScript, SHELLS } from "./completion-script.ts";

/** A stand-in for the program: says which words it was asked about, then offers some. */
const PROGRAM = `toy() {
  [[ $1 == __complete ]] || return 1
  shift
  printf '<%s>' "$@" >&3
  case "\${!#}" in
    @*) printf '@staging\\tssh\\n@dev\\tssh\\n' ;;
    f*) printf ':files\\n' ;;
    *) printf 'DONE\\tended\\nit'\\''s odd\\t\\n' ;;
  esac
}`;

function completeInBash(line: string, words: readonly string[]): { asked: string; offers: string } {
  const script = [
    PROGRAM,
    completionScript("bash", "toy"),
    'COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2)) COMP_LINE=$1',
    "{ _toy_complete; } 3>&1 ; printf '|'; printf '%s,' \"${COMPREPLY[@]}\"",
  ].join("\n");
  const printed = execFileSync("bash", ["-c", script, "bash", line, "toy", ...words]).toString();
  const [asked = "", offers = ""] = printed.split("|");
  return { asked, offers };
}

it("parses in bash", () => {
  expect(() =>
    execFileSync("bash", ["-n"], { input: completionScript("bash", "toy") }),
  ).not.toThrow();
});

it("hands the words over and quotes what comes back", () => {
  expect(completeInBash("toy move ", ["move", ""])).toEqual({
    asked: "<move><>",
    offers: String.raw`DONE,it\'s\ odd,`,
  });
});

it("knows that bash takes words apart at @", () => {
  expect(completeInBash("toy to @s", ["to", "@", "s"])).toEqual({
    asked: "<to><@s>",
    offers: "@staging,@dev,",
  });
});

it("offers files where files belong", () => {
  const { offers } = completeInBash("toy add /etc/host", ["add", "f"]);

  expect(offers).toBe(",");
});

it.each(SHELLS)("asks the program in %s", (shell) => {
  expect(completionScript(shell, "toy")).toContain("__complete");
});
