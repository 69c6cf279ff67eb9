import { expect, it } from "vitest";
import { readSshConfig } from "./ssh-config.ts";

function read(files: Readonly<Record<string, string>>) {
  return readSshConfig("config", {
    read: (file) => files[file],
    included: (pattern) => Object.keys(files).filter((name) => name.startsWith(pattern)),
  });
}

const CONFIG = read({
  config: `# mine
Host web1 web2
  HostName=203.0.113.1
  User "the deployer"
Host *.example !secret.example
	user ops # not root
Include more
Match host web1 exec "true"
  User never
Match all
  Port 2200
Host *
  User last
`,
  more: "Host deep\n  IdentityFile ~/.ssh/deep\n",
});

it("lists hosts without wildcards, those of included files too", () => {
  expect(CONFIG.hosts).toEqual([
    { name: "web1", origin: { source: "ssh config", file: "config", line: 2, key: "Host" } },
    expect.objectContaining({ name: "web2" }),
    { name: "deep", origin: { source: "ssh config", file: "more", line: 1, key: "Host" } },
  ]);
});

it.each([
  ["web1", "user", "the deployer"],
  ["web1", "hostname", "203.0.113.1"],
  ["a.example", "user", "ops"],
  ["secret.example", "user", "last"],
  ["WEB2", "user", "the deployer"],
  ["anything", "port", "2200"],
])("looks up for %s the first %s that matches: %s", (host, keyword, value) => {
  expect(CONFIG.lookup(host, keyword)?.value).toBe(value);
});

it("takes an Include within a Host for that host only", () => {
  const config = read({ config: "Host a\n Include inner\n", inner: "User x\nHost b\n Port 1\n" });

  expect(config.lookup("a", "user")?.value).toBe("x");
  expect(config.lookup("b", "user")).toBeUndefined();
  expect(config.lookup("b", "port")).toBeUndefined();
});

it("ends when files include each other", () => {
  expect(read({ config: "Include config\nHost x\n" }).hosts).toHaveLength(1);
});
