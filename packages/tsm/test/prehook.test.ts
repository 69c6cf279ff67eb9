import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { runAs, type UserHost } from "../src/run/run-as.ts";
import {
  PATIENCE_MS,
  refusal,
  specOf,
  temporaryFolder,
  temporaryServices,
} from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });
const REQUIRED = process.env["TETRA_REQUIRE_TOOLS"] === "1";
const isRoot = process.getuid?.() === 0;

it("a prehook is run before the command, in the same process, and may set its environment", async () => {
  const { services, pathOf } = temporaryServices();
  const prehook = `GREETING="it's set"; export GREETING; cd /usr; echo warned >&2`;
  const command = [
    "sh",
    "-c",
    `echo "$GREETING|$PWD|$1"; ls /proc/$$/fd; exec sleep 60`,
    "sh",
    "a b",
  ];

  const { observed } = await services.start(specOf("web", command, { prehook }));

  const [said, ...open] = readFileSync(pathOf("web", "current.out"), "utf8").trim().split("\n");
  expect(said).toBe("it's set|/usr|a b");
  expect(open.filter((fd) => ["3", "4", "5", "6"].includes(fd))).toEqual([]);
  expect(readFileSync(pathOf("web", "wrapper.err"), "utf8")).toBe("warned\n");
  expect(readFileSync(pathOf("web", "current.err"), "utf8")).toBe("");
  process.kill(observed.main?.pid ?? 0, "SIGTERM");
  await vi.waitFor(() => expect(services.observe("web").observed.exit).toBeDefined(), 10_000);
  expect(services.observe("web").observed.exit).toEqual({ code: null, signal: "SIGTERM" });
});

it.each(["exit 3", "false", "no-such-command", "if", "echo why >&2; return 1"])(
  "the prehook %j fails, and the command is not run",
  async (prehook) => {
    const { services, pathOf } = temporaryServices();

    const error = await refusal(services.start(specOf("web", "echo ran", { prehook })));

    expect(error).toMatchObject({ code: "START_FAILED", details: { exit: { code: 75 } } });
    expect(error.message).toContain("the prehook failed");
    expect(readFileSync(pathOf("web", "current.out"), "utf8")).toBe("");
    const said = readFileSync(pathOf("web", "wrapper.err"), "utf8").split("\n").filter(Boolean);
    expect(error.details?.["stderr"]).toEqual(said);
  },
);

it("both streams go to one file, in exact order, where that is asked for", async () => {
  const { services, pathOf } = temporaryServices();
  const script = "for i in 1 2 3; do echo o$i; echo e$i >&2; done; exit 7";

  const error = await refusal(
    services.start(specOf("web", ["sh", "-c", script], { care: { mergeOutput: true } })),
  );

  expect(readFileSync(pathOf("web", "current.out"), "utf8")).toBe("o1\ne1\no2\ne2\no3\ne3\n");
  expect(existsSync(pathOf("web", "current.err"))).toBe(false);
  expect(error.details).toMatchObject({ stderr: ["o1", "e1", "o2", "e2", "o3", "e3"] });
});

it("the umask of the first start is kept over restarts", async () => {
  const { services } = temporaryServices();
  const home = temporaryFolder();
  const script = `rm -f "$1/made"; : >"$1/made"; exec sleep 60`;
  const modeOf = (file: string): number => statSync(join(home, file)).mode & 0o777;
  const before = process.umask(0o027);
  try {
    await services.start(specOf("web", ["sh", "-c", script, "sh", home]));
    process.umask(0o077);
    expect(modeOf("made")).toBe(0o640);

    await services.restart("web");

    expect(modeOf("made")).toBe(0o640);
    expect(services.observe("web").meta.umask).toBe("0027");
  } finally {
    process.umask(before);
  }
});

const HOST: UserHost = {
  system: "linux",
  uid: 0,
  passwd: (user) => (user === "web" ? "web:x:33:44:Web:/var/www:/bin/sh" : undefined),
};

it("a user is changed to with all of its groups and none of ours", () => {
  expect(runAs("api", "web", HOST)).toEqual({
    prefix: [
      expect.stringContaining("setpriv"),
      "--reuid",
      "33",
      "--regid",
      "44",
      "--init-groups",
      "--",
    ],
    environment: { HOME: "/var/www", USER: "web", LOGNAME: "web" },
  });
  expect(runAs("api", "web", { ...HOST, system: "darwin" }).prefix.slice(0, 2)).toEqual([
    "sudo",
    "-n",
  ]);
  expect(runAs("api", undefined, { ...HOST, uid: 1000 })).toEqual({ prefix: [], environment: {} });
});

it.each([
  ["only root", { ...HOST, uid: 1000 }, "web"],
  ["no user nobody-such", HOST, "nobody-such"],
])("refused: %s", (why, host, user) => {
  expect(() => runAs("api", user, host)).toThrow(
    expect.objectContaining({ code: "INVALID_SERVICE", message: expect.stringContaining(why) }),
  );
});

it.skipIf(!REQUIRED && !isRoot)("a service runs as another user (needs root)", async () => {
  const { services, pathOf } = temporaryServices();
  const command = ["sh", "-c", `echo "$(id -un) $(id -G) $HOME $USER"; exec sleep 60`];

  await services.start(
    specOf("web", command, { cwd: "/", prehook: "echo hook $(id -un)", care: { user: "nobody" } }),
  );

  const said = readFileSync(pathOf("web", "current.out"), "utf8");
  expect(said).toMatch(/^hook nobody\nnobody 65534 \/\S+ nobody\n$/);
  expect((await services.stop("web")).exit).toEqual({ code: null, signal: "SIGTERM" });
});
