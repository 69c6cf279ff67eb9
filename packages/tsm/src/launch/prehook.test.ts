import { expect, it } from "vitest";
import { BASE, fakeLaunchHost } from "../../test/fake-launch-host.ts";
import { choosePrehook } from "./prehook.ts";

const HOOKS = "/tetra/tsm/hooks";
const CLUES = {
  option: undefined,
  definition: undefined,
  service: "api",
  type: "python",
  environment: BASE.environment,
} as const;
const PYENV = "/tetra/pyenv/bin/pyenv";

it("is chosen in the documented order", () => {
  const everything = fakeLaunchHost({ programs: [PYENV, `${HOOKS}/api.sh`, `${HOOKS}/python.sh`] });
  const withoutService = fakeLaunchHost({ programs: [PYENV, `${HOOKS}/python.sh`] });
  const onlyPyenv = fakeLaunchHost({ programs: [PYENV] });
  const both = { ...CLUES, option: "echo a", definition: "echo b" };

  expect([
    choosePrehook(everything, both),
    choosePrehook(everything, { ...both, option: undefined }),
    choosePrehook(everything, CLUES),
    choosePrehook(withoutService, CLUES),
    choosePrehook(onlyPyenv, CLUES),
    choosePrehook(fakeLaunchHost(), CLUES),
  ]).toEqual([
    "echo a",
    "echo b",
    `. ${HOOKS}/api.sh`,
    `. ${HOOKS}/python.sh`,
    'PYENV_ROOT=/tetra/pyenv; PATH="$PYENV_ROOT/shims:$PYENV_ROOT/bin:$PATH"; export PYENV_ROOT PATH',
    undefined,
  ]);
});

it("means a function that bash exported, then a hook's name, then shell text", () => {
  const environment = { ...BASE.environment, "BASH_FUNC_warm%%": "() {  echo hi\n}" };
  const host = fakeLaunchHost({ programs: [`${HOOKS}/warm.sh`, `${HOOKS}/cold.sh`] });
  const chosen = (option: string): string | undefined =>
    choosePrehook(host, { ...CLUES, environment, option });

  expect(chosen("warm")).toBe("warm () {  echo hi\n}\nwarm");
  expect(chosen("cold")).toBe(`. ${HOOKS}/cold.sh`);
  expect(chosen("cold; x")).toBe("cold; x");
  expect(chosen("../../x")).toBe("../../x");
});

it("activates nvm's node unless somebody's nvm is active", () => {
  const host = fakeLaunchHost({ programs: ["/tetra/nvm/current/bin/node"] });
  const node = { ...CLUES, type: "node" } as const;
  const active = { ...node, environment: { NVM_DIR: "/home/u/.nvm" } };

  expect(choosePrehook(host, node)).toBe(
    'NVM_DIR=/tetra/nvm; PATH=/tetra/nvm/current/bin:"$PATH"; export NVM_DIR PATH',
  );
  expect(choosePrehook(host, active)).toBeUndefined();
  expect(choosePrehook(host, { ...active, option: "nvm" })).toContain("NVM_DIR=/tetra/nvm");
});
