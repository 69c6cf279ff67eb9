import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hasTmux, inTmux } from "./tmux.ts";
import { PROGRAM, type Sandbox, sandbox } from "./tsm.ts";

const AT = Date.parse("2026-01-31T09:30:00Z");
const LINES = [
  "hello",
  `TETRA:SESSION:START session=s1 user=ada ts_ms=${AT}`,
  `TETRA:CLICK:BUTTON session=s1 target=cart ts_ms=${AT + 200}`,
  `TETRA:CLICK:BUTTON session=s1 target=cart ts_ms=${AT + 900}`,
  `TETRA:REQUEST:START id=7 ts_ms=${AT + 1000}`,
  `{"category":"RESPONSE","event":"END","id":7,"ts_ms":${AT + 2500}}`,
  `TETRA:PAGE:VIEW ip=10.0.0.1 page=/ ts_ms=${AT + 3000}`,
];

/** Starts a service that prints these lines, and then those that come into the file `more`. */
async function printing({ ok, work }: Sandbox, lines: readonly string[] = LINES): Promise<void> {
  writeFileSync(join(work, "lines"), lines.map((line) => `${line}\n`).join(""));
  writeFileSync(join(work, "more"), "");
  const script = "cat lines; exec tail -n +1 -f more";
  await ok("start", "--name", "web", "--", "sh", "-c", script);
}

it("counts events, and shows who did what", async () => {
  const box = sandbox();
  await printing(box);

  expect(await box.ok("monitor")).toMatch(/CLICK:BUTTON +2 .*\n[^]*6 events of 1 service\n/);
  expect(await box.json("monitor", "-p", "click")).toMatchObject({
    events: 2,
    tokens: [{ token: "TETRA:CLICK:BUTTON", count: 2, first: "2026-01-31T09:30:00.200Z" }],
  });
  expect(await box.json("analytics")).toMatchObject({
    events: 6,
    clicks: { total: 2, rapid: 1, targets: [{ name: "cart", count: 2 }] },
    responses: { requests: 1, correlated: 1, slow: 1, slowest_ms: 1500 },
    sessions: { sessions: 2, users: 2 },
  });
  expect(await box.ok("analytics")).toContain("1 slow (more than 1000 ms)");
  expect(await box.ok("sessions")).toMatch(/^2 of 2 users/);
  expect(await box.ok("sessions", "detailed", "web")).toMatch(/^s1 +ada .* 900ms … +3 +2 /m);
  expect(JSON.parse(await box.ok("sessions", "json"))).toMatchObject({
    summary: { sessions: 2, clicks: 2 },
    sessions: [{ id: "s1", user: "ada", duration_ms: 900 }, { journey: ["/"] }],
  });
  expect(await box.json("users")).toMatchObject({
    users: [
      { user: "ada", anonymous: false },
      { user: expect.stringMatching(/^anon_[0-9a-f]{8}$/), anonymous: true },
    ],
  });
});

it("says so where there is nothing", async () => {
  const box = sandbox();

  expect(await box.ok("monitor")).toBe("No events.\n");
  expect(await box.ok("analytics")).toBe("No events.\n");
  expect(await box.ok("users")).toBe("No users.\n");
  expect(await box.ok("sessions", "detailed")).toBe("No sessions.\n");
  expect(await box.ok("triggers")).toContain("tsm/config/triggers.conf");
  expect(await box.json("patterns")).toHaveProperty("patterns.length", 8);
  expect(await box.tsm("monitor", "--lines", "x")).toMatchObject({ exitCode: 64 });
  expect(await box.tsm("dashboard")).toMatchObject({ exitCode: 64 });
});

it("streams events as they come, as lines or as JSON, until it is told to stop", async () => {
  const box = sandbox();
  await printing(box);
  const stream = box.start("stream", "web", "--json", "-n", "1");
  const seen: string[] = [];
  for await (const line of stream.iterable()) {
    seen.push(line);
    if (seen.length === 1) writeFileSync(join(box.work, "more"), "no event\nTETRA:NEW:ONE a=b\n");
    if (seen.length === 2) stream.kill("SIGINT");
  }

  expect(seen.map((line) => JSON.parse(line))).toMatchObject([
    { token: "TETRA:PAGE:VIEW", service: expect.stringMatching(/^web/) },
    { token: "TETRA:NEW:ONE", fields: { a: "b" }, data: "a=b" },
  ]);
  expect((await stream).exitCode).toBe(130);
});

it("never sends what services print to a terminal as it is", async () => {
  const box = sandbox();
  await printing(box, ["TETRA:CLICK:A user=\u001b[2Jgone target=\u001b]0;x\u0007"]);

  expect(await box.ok("users")).toContain(String.raw`\u001b[2Jgone`);
  expect(await box.ok("analytics")).not.toContain("\u001b");
});

it("runs triggers with what services printed as one word, never as shell", async () => {
  const box = sandbox();
  const folder = join(box.root, "tsm/config");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "triggers.conf"),
    [
      `CLICK|printf '%s|' {TOKEN} "{DATA}" >> "${box.work}/clicks"; echo done|notes clicks|true`,
      "PAGE|false|fails|yes",
      "SESSION|touch never|off|false",
    ].join("\n"),
    { mode: 0o600 },
  );
  expect(await box.ok("triggers")).toMatch(/CLICK +yes +notes clicks/);
  await printing(box);
  const triggers = box.start("triggers", "run");
  const data = "x='; touch pwned; $(touch pwned) `touch pwned` \" | *";
  const seen: string[] = [];
  // it follows when the events that come afterwards are seen
  const timer = setInterval(() => {
    writeFileSync(join(box.work, "more"), `TETRA:CLICK:A ${data}\nTETRA:PAGE:B\n`, { flag: "a" });
  }, 200);
  for await (const line of triggers.iterable()) {
    seen.push(line);
    if (["✗", "  done"].every((begin) => seen.some((each) => each.startsWith(begin)))) {
      triggers.kill("SIGINT");
    }
  }
  clearInterval(timer);
  await triggers;

  expect(seen.join("\n")).toMatch(/^✓ TETRA:CLICK:A of web.*\n {2}done$/m);
  expect(seen.join("\n")).toMatch(/^✗ 1 TETRA:PAGE:B of web/m);
  const noted = readFileSync(join(box.work, "clicks"), "utf8");
  expect(noted.startsWith(`TETRA:CLICK:A|${data}|`)).toBe(true);
  expect(existsSync(join(box.work, "pwned"))).toBe(false);
  expect(existsSync(join(box.work, "never"))).toBe(false);
});

it("refuses triggers that it cannot trust", async () => {
  const box = sandbox();
  const folder = join(box.root, "tsm/config");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "triggers.conf"), "CLICK|echo $(echo {DATA})|x|true\n", {
    mode: 0o600,
  });

  expect(await box.tsm("triggers")).toMatchObject({
    exitCode: 65,
    stderr: expect.stringContaining('write "$TETRA_DATA"'),
  });
  writeFileSync(join(folder, "triggers.conf"), "CLICK|true|x|false\n");
  expect(await box.tsm("triggers", "run")).toMatchObject({ exitCode: 1 });
});

it("answers tview", async () => {
  const box = sandbox();
  await printing(box);

  expect(await box.json("tview")).toMatchObject({ providers: { length: 9 } });
  const list = JSON.parse(await box.ok("tview", "list"));
  expect(list).toMatchObject({ services: [{ status: "online" }] });
  expect(JSON.parse(await box.ok("tview", "status"))).toMatchObject({
    total: 1,
    running: 1,
    statuses: { online: 1 },
  });
  const [first = ""] = (await box.ok("tview", "logs")).split("\n");
  expect(JSON.parse(first)).toMatchObject({ line: "hello" });
  expect(JSON.parse(await box.ok("tview", "ports"))).toHaveProperty("ports");
  expect(JSON.parse((await box.tsm("tview", "doctor")).stdout)).toHaveProperty("findings");
  expect(JSON.parse(await box.ok("tview", "stop", "web"))).toMatchObject({ success: true });
  expect(JSON.parse(await box.ok("tview", "actions")).actions).toContainEqual({
    service: list.services[0].name,
    action: "start",
    enabled: true,
    argv: ["tsm", "start", list.services[0].name],
  });
  const name: string = list.services[0].name;
  expect(JSON.parse(await box.ok("tview", "start", name))).toMatchObject({ success: true });
  expect(JSON.parse(await box.ok("tview", "restart", "web"))).toMatchObject({ success: true });
  expect(await box.tsm("tview", "doctr")).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining("did you mean doctor?"),
  });
});

it.skipIf(!hasTmux)("shows events on a dashboard, as they come (needs tmux)", async () => {
  const box = sandbox();
  await printing(box);
  const terminal = inTmux({
    argv: [process.execPath, PROGRAM, "dashboard"],
    env: { ...box.env, NO_COLOR: "1" },
    folder: box.work,
    columns: 100,
    rows: 40,
  });

  await terminal.shows(/tsm dashboard {2}6 events[^]*Clicks +2, 1 rapid[^]*LAST[^]*PAGE:VIEW/);
  writeFileSync(join(box.work, "more"), "TETRA:NEW:ONE a=b\n");
  await terminal.shows(/7 events[^]*NEW:ONE a=b/);
  terminal.type("q");
  await terminal.shows(/^left 0/m);
  expect(terminal.screen()).not.toContain("tsm dashboard");
});
