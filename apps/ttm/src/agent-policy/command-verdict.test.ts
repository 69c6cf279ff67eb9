import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseAgentPolicy } from "./agent-policy.ts";
import {
  type AskedCommand,
  type CommandGround,
  verdictOnCommand,
  verdictOnUndo,
} from "./command-verdict.ts";

/** A machine with a few programs on its PATH, a place to work in, and Tetra's own folder. */
interface Machine {
  readonly bin: string;
  readonly work: string;
  readonly tetra: string;
  readonly ground: CommandGround;
  readonly judge: (
    policy: object,
    run: AskedCommand["run"],
    more?: Partial<AskedCommand>,
  ) => string;
}

function machine(): Machine {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "ttm verdict ")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const made = (name: string): string => {
    mkdirSync(join(root, name));
    return join(root, name);
  };
  const [bin, work, tetra] = [made("bin"), made("work"), made("tetra")];
  for (const name of ["deploy", "rm", "env", "sh", "busybox", "ttm", "node"])
    program(join(bin, name));
  symlinkSync("busybox", join(bin, "ls"));
  symlinkSync("busybox", join(bin, "dd"));
  const ground: CommandGround = {
    path: bin,
    guarded: [tetra],
    roots: [work],
    isHere: (symbol) => symbol === "@local",
    isService: (name) => name !== "web-9",
  };
  return {
    bin,
    work,
    tetra,
    ground,
    judge(policy, run, more = {}) {
      const asked = { run, on: "@local", cwd: work, variables: [], secrets: [], ...more };
      const verdict = verdictOnCommand(
        parseAgentPolicy(JSON.stringify(policy), "p"),
        asked,
        ground,
      );
      return verdict.type === "refused"
        ? verdict.reason
        : `allowed ${verdict.approval ?? ""}`.trim();
    },
  };
}

function program(file: string): void {
  writeFileSync(file, "#!/bin/sh\n");
  chmodSync(file, 0o755);
}

describe("an allowed program", () => {
  const policy = { allow: [["deploy", "api", "v*"]] };

  it("may be run with the arguments that its rule has", () => {
    expect(machine().judge(policy, ["deploy", "api", "v2"])).toBe("allowed");
  });

  it("may be called by its path, and by a link with its name", () => {
    const { judge, bin, work } = machine();
    mkdirSync(join(work, "elsewhere"));
    symlinkSync(join(bin, "deploy"), join(work, "elsewhere/deploy"));

    expect(judge(policy, [join(bin, "deploy"), "api", "v2"])).toBe("allowed");
    expect(judge(policy, ["./elsewhere/deploy", "api", "v2"])).toBe("allowed");
  });

  it.each([
    { why: "other arguments", run: ["deploy", "web", "v2"] },
    { why: "one more", run: ["deploy", "api", "v2", "--force"] },
    { why: "a line end in one", run: ["deploy", "api\n", "v2"] },
    { why: "its name in one text with the arguments", run: ["deploy api v2"] },
    { why: "no words at all", run: [] },
    { why: "a NUL", run: ["deploy\0", "api", "v2"] },
  ])("is refused with $why", ({ run }) => {
    expect(machine().judge(policy, run)).not.toMatch(/^allowed/);
  });

  it("is not every program of its name", () => {
    const { judge, work } = machine();
    program(join(work, "deploy"));

    expect(judge(policy, ["./deploy", "api", "v2"])).toMatch(/^no rule allows/);
  });

  it("is not another one in the same file", () => {
    const { judge } = machine();

    expect(judge({ allow: [["ls", "**"]] }, ["ls", "-l"])).toBe("allowed");
    expect(judge({ allow: [["ls", "**"]] }, ["dd", "if=x"])).toMatch(/^no rule allows/);
    expect(judge({ allow: [["ls", "**"]] }, ["busybox", "dd"])).toMatch(/^no rule allows/);
  });

  it("is not what a folder that the step works in puts first", () => {
    const { ground, work } = machine();
    program(join(work, "deploy"));
    const asked = {
      run: ["deploy", "api", "v2"],
      on: "@local",
      cwd: work,
      variables: [],
      secrets: [],
    };
    const path = `.:${ground.path}`;

    expect(
      verdictOnCommand(parseAgentPolicy(JSON.stringify(policy), "p"), asked, { ...ground, path }),
    ).toMatchObject({ type: "refused" });
  });

  it("may have arguments that are not known yet, and a program that is", () => {
    const { judge } = machine();

    expect(judge(policy, ["deploy", "api", undefined])).toBe("allowed");
    expect(judge(policy, [undefined, "api", "v2"])).toMatch(/must be known/);
  });
});

describe("a denied program", () => {
  const policy = {
    allow: [
      ["rm", "**"],
      ["env", "rm", "x"],
      ["deploy", "**"],
    ],
    deny: [["rm", "**"]],
  };

  it.each([
    { spelling: "its name", run: () => ["rm", "x"] },
    { spelling: "its path", run: ({ bin }: Machine) => [join(bin, "rm"), "x"] },
    { spelling: "a path with ..", run: ({ bin }: Machine) => [`${bin}/../bin/./rm`, "x"] },
    { spelling: "a program that starts it", run: () => ["env", "rm", "x"] },
    {
      spelling: "one that starts it by its path",
      run: ({ bin }: Machine) => ["env", join(bin, "rm"), "x"],
    },
  ])("is refused by $spelling", ({ run }) => {
    const here = machine();

    expect(here.judge(policy, run(here))).toBe('deny forbids ["rm","**"]');
  });

  it("is refused through a symbolic and through a hard link", () => {
    const { judge, bin, work } = machine();
    symlinkSync(join(bin, "rm"), join(work, "tidy"));
    linkSync(join(bin, "rm"), join(work, "tidy2"));

    expect(judge(policy, ["./tidy", "x"])).toBe('deny forbids ["rm","**"]');
    expect(judge(policy, ["./tidy2", "x"])).toBe('deny forbids ["rm","**"]');
  });

  it("does not forbid its name as an argument of another", () => {
    expect(machine().judge(policy, ["deploy", "rm"])).toBe("allowed");
  });

  it("does not forbid others of the same file", () => {
    const { judge } = machine();

    expect(judge({ allow: [["ls", "**"]], deny: [["dd", "**"]] }, ["ls"])).toBe("allowed");
    expect(judge({ allow: [["dd", "**"]], deny: [["dd", "**"]] }, ["dd"])).toMatch(/^deny forbids/);
  });

  it("stays forbidden to what undoes a step, though its rule is gone", () => {
    const { ground, work } = machine();
    const undo = (run: readonly string[]): unknown =>
      verdictOnUndo({ deny: [["rm", "**"]] }, { run, on: "@local", cwd: work }, ground);

    expect(undo(["rm", "x"])).toMatchObject({ type: "refused" });
    expect(undo(["deploy", "back"])).toMatchObject({ type: "allowed" });
  });
});

describe("shells, and programs that start others,", () => {
  it("take no text unless the policy says so", () => {
    const { judge } = machine();

    expect(judge({ allow: [["sh", "**"]] }, "rm x")).toMatch(/text for a shell/);
    expect(judge({ shell: true }, "rm x")).toBe("allowed");
  });

  it("have to be written out in a rule", () => {
    const { judge } = machine();

    expect(judge({ allow: [["sh", "/opt/x.sh"]] }, ["sh", "/opt/x.sh"])).toBe("allowed");
    expect(judge({ allow: [["sh", "**"]] }, ["sh", "-c", "rm x"])).toMatch(/starts other programs/);
    expect(judge({ allow: [["env", "*", "x"]] }, ["env", "deploy", "x"])).toMatch(
      /starts other programs/,
    );
    expect(judge({ allow: [["sh", "**"]], shell: true }, ["sh", "-c", "true"])).toBe("allowed");
  });

  it("are known through links", () => {
    const { judge, bin } = machine();
    symlinkSync("env", join(bin, "tool"));

    expect(judge({ allow: [["tool", "**"]] }, ["tool", "rm"])).toMatch(/starts other programs/);
  });
});

describe("Tetra's own", () => {
  it.each([
    { what: "programs", run: () => ["ttm", "saga", "approve"] },
    { what: "programs by path", run: ({ bin }: Machine) => [join(bin, "ttm"), "approve"] },
    { what: "programs through others", run: () => ["env", "ttm", "approve"] },
    { what: "programs for node", run: () => ["node", "/opt/tetra/ttm.cjs", "approve"] },
  ])("$what are never run", ({ run }) => {
    const here = machine();

    expect(
      here.judge(
        {
          shell: true,
          allow: [
            ["ttm", "**"],
            ["env", "**"],
            ["node", "**"],
          ],
        },
        run(here),
      ),
    ).toMatch(/^agents do not run ttm/);
  });

  it("names are free for folders and arguments", () => {
    const { judge, work } = machine();
    mkdirSync(join(work, "src/tsm"), { recursive: true });

    expect(judge({ allow: [["deploy", "**"]] }, ["deploy", "src/tsm", "tsm"])).toBe("allowed");
  });

  it.each([
    { what: "a path", word: ({ tetra }: Machine) => join(tetra, "config/agents.json") },
    { what: "a relative path", word: () => "../tetra/config" },
    { what: "an option", word: ({ tetra }: Machine) => `--output=${tetra}/x` },
    { what: "a short option", word: ({ tetra }: Machine) => `-C${tetra}` },
    { what: "a list", word: ({ tetra }: Machine) => `a:${tetra}/b` },
    { what: "a link", word: () => "link/txns" },
    { what: "/proc", word: ({ tetra }: Machine) => `/proc/self/root${tetra}` },
  ])("folder is reached by no argument: $what", ({ word }) => {
    const here = machine();
    symlinkSync(here.tetra, join(here.work, "link"));

    expect(here.judge({ allow: [["deploy", "**"]] }, ["deploy", word(here)])).toMatch(
      /^an argument leads into/,
    );
  });

  it("services are steered only where the policy names them", () => {
    const { judge } = machine();
    const policy = { services: ["web-*"], approval: { services: ["web-1"] } };

    expect(judge(policy, ["tsm", "restart", "web-2"])).toBe("allowed");
    expect(judge(policy, ["tsm", "restart", "web-1"])).toBe("allowed the service web-1");
    expect(judge(policy, ["tsm", "restart", "web-9"])).toMatch(/there is no service web-9/);
    expect(judge({ services: ["web"] }, ["tsm", "restart", "web-3001"])).toBe("allowed");
    expect(judge(policy, ["tsm", "restart", "db"])).toMatch(/services does not name db/);
    expect(judge(policy, ["tsm", "start", "rm -rf x"])).toMatch(/^agents do not run tsm/);
    expect(judge(policy, ["tsm", "restart", "*"])).toMatch(/^agents do not run tsm/);
  });

  it("are not steered, and nothing is undone, by a program that a relative folder in PATH brings", () => {
    const { bin, work, ground } = machine();
    for (const name of ["tsm", "rm"]) program(join(work, name));
    program(join(bin, "tsm"));
    const relative = { ...ground, path: `:${bin}` };
    const policy = parseAgentPolicy(JSON.stringify({ services: ["web"], allow: [] }), "policy");
    const asked = { on: "@local", cwd: work, variables: [], secrets: [] };
    const steering = { ...asked, run: ["tsm", "restart", "web"] };
    const undo = { ...asked, run: ["rm", "x"] };

    expect(verdictOnCommand(policy, steering, ground)).toMatchObject({ type: "allowed" });
    expect(verdictOnCommand(policy, steering, relative)).toMatchObject({ type: "refused" });
    expect(verdictOnUndo(policy, steering, relative)).toMatchObject({ type: "refused" });
    expect(verdictOnUndo(policy, undo, ground)).toMatchObject({ type: "allowed" });
    expect(verdictOnUndo(policy, undo, relative)).toMatchObject({ type: "refused" });
  });

  it("are kept from folders behind the letters of an option", () => {
    const { judge } = machine();
    const policy = { allow: [["deploy", "**"]] };
    expect(judge(policy, ["deploy", "-t../tetra/config"])).toMatch(/leads into/);
    expect(judge(policy, ["deploy", "-rft../tetra/config", "x"])).toMatch(/leads into/);
    expect(judge(policy, ["deploy", "-t../other"])).toBe("allowed");
  });
});

describe("around a command", () => {
  const policy = {
    allow: [["deploy"], { run: ["deploy", "now"], approval: true }],
    targets: ["@local", "@staging"],
    variables: ["VERSION"],
    secrets: ["env:TOKEN"],
    approval: { targets: ["@staging"] },
  };

  it.each([
    { what: "endpoint", more: { on: "@prod" }, says: /targets does not name @prod/ },
    { what: "folder", more: { cwd: "/" }, says: /outside the folders/ },
    {
      what: "variable",
      more: { variables: ["LD_PRELOAD"] },
      says: /variables does not name LD_PRELOAD/,
    },
    { what: "secret", more: { secrets: ["file:/etc/shadow"] }, says: /secrets does not name/ },
  ])("another $what is refused", ({ more, says }) => {
    expect(machine().judge(policy, ["deploy"], more)).toMatch(says);
  });

  it("a folder that a link leads out of is refused", () => {
    const { judge, work, bin } = machine();
    symlinkSync(bin, join(work, "out"));

    expect(judge(policy, ["deploy"], { cwd: join(work, "out") })).toMatch(/outside the folders/);
  });

  it("what is named may be used", () => {
    expect(
      machine().judge(policy, ["deploy"], { variables: ["VERSION"], secrets: ["env:TOKEN"] }),
    ).toBe("allowed");
  });

  it("a person is asked where the rule, the endpoint or everything wants it", () => {
    const { judge } = machine();

    expect(judge(policy, ["deploy", "now"])).toBe('allowed ["deploy","now"]');
    expect(judge(policy, ["deploy"], { on: "@staging" })).toBe("allowed @staging");
    expect(judge({ allow: [["deploy"]], approval: { always: true } }, ["deploy"])).toBe(
      "allowed every plan",
    );
  });

  it("on another machine, a program is the name in the rule and nothing else", () => {
    const { judge, bin } = machine();
    const far = { allow: [["deploy"]], targets: ["@far"] };

    expect(judge(far, ["deploy"], { on: "@far" })).toBe("allowed");
    expect(judge(far, [join(bin, "deploy")], { on: "@far" })).toMatch(/^no rule allows/);
    expect(judge({ ...far, deny: [["deploy", "**"]] }, ["/x/deploy"], { on: "@far" })).toMatch(
      /^deny forbids/,
    );
  });
});
