import type { Argument, Option, Options } from "@tetra/cli-kit";
import type { TsmCommand } from "../app.ts";
import { BOOT, SERVICES } from "../groups.ts";

// What help and completion know of these commands; the code of each is loaded when it is called.

const service: Argument = {
  name: "service",
  required: true,
  complete: { type: "ask", topic: "services" },
};
const services: Argument = { ...service, repeats: true };
const noDaemon: Option = { summary: "do not start tetrad" };
const flavour: Argument = {
  name: "which",
  complete: { type: "words", words: ["@production", "@dev"] },
};
const system: Options = {
  system: { summary: "the machine's systemd, as root, instead of the user's own" },
};
const site: Options = {
  domain: {
    value: "NAME",
    summary: "what stands for {{DOMAIN_NAME}} (DOMAIN_NAME, else <name>.localhost)",
  },
  listen: { value: "ADDRESS", summary: "a port, or an address with a port (80)" },
  template: { value: "FILE", summary: "a template of your own", complete: { type: "files" } },
};

/** What help and completion know of these commands; the code of each is loaded when it is called. */
export const BOOT_COMMANDS: readonly TsmCommand[] = [
  {
    name: "reload",
    group: SERVICES,
    summary: "restart instances one by one, so that requests through nginx never fail",
    arguments: [services],
    options: {
      drain: { value: "TIME", summary: "how long connections may take to end (10s)" },
      signal: { value: "SIGNAL", summary: "what asks each to end (its own, else SIGTERM)" },
      timeout: { value: "TIME", summary: "wait before it is killed (its own, else 10s)" },
      force: { short: "f", summary: "kill at once, after its connections have ended" },
      "keep-env": { summary: "start with exactly the environment it had" },
      "update-env": { summary: "take the environment of this shell" },
      "no-daemon": noDaemon,
    },
    details: [
      "Behind nginx (tsm nginx install) each instance leaves the traffic, its connections end, it is started",
      "as it is specified now, and gets traffic again when it is ready. While a service that is alone is",
      "restarted, a second copy on another port carries the traffic: it must take its port from PORT. If",
      "one does not come back, the others go on and the reload stops. Should tsm die meanwhile, the traffic",
      "goes on; reload again. Without nginx it says what it can promise.",
    ],
    examples: ["reload api", "reload '*'", "reload api --drain 60s"],
    load: () => import("../commands/reload.ts"),
  },
  {
    name: "scale",
    group: SERVICES,
    summary: "have so many instances of a service",
    arguments: [service, { name: "count", required: true }],
    options: {
      "keep-env": { summary: "start new ones with exactly the environment of the first" },
      "update-env": { summary: "take the environment of this shell" },
      "no-daemon": noDaemon,
    },
    details: [
      "Each instance has the port of the first and its own number. New ones get traffic when they are ready;",
      "those with the highest numbers go first, after they have left the traffic, with their logs.",
    ],
    examples: ["scale api 3"],
    load: () => import("../commands/scale.ts"),
  },
  {
    name: "startup",
    group: BOOT,
    summary: "start all enabled services, in the order of their dependencies",
    options: { "no-daemon": noDaemon },
    details: [
      "Adds a line to startup.log. Exit status 1 when one could not be started; the others are.",
    ],
    examples: ["startup"],
    load: () => import("../commands/startup.ts"),
  },
  {
    name: "startup status",
    group: BOOT,
    summary: "show what starts at boot",
    examples: ["startup status"],
    load: () => import("../commands/startup-status.ts"),
  },
  {
    name: "daemon install",
    group: BOOT,
    summary: "have systemd start tetrad at boot",
    arguments: [flavour],
    options: {
      ...system,
      user: { value: "USER", summary: "with --system: who runs it (root)" },
      "dry-run": { summary: "print the unit" },
    },
    details: [
      "Writes tetra.service, or tetra-dev.service for @dev, after systemd has checked it. Services are not",
      "part of it: stopping tetrad leaves them running. A user's own unit starts at boot only if the user",
      "lingers: loginctl enable-linger.",
    ],
    examples: ["daemon install", "daemon install @dev", "daemon install --system --user deploy"],
    load: () => import("../commands/daemon-install.ts"),
  },
  {
    name: "daemon uninstall",
    group: BOOT,
    summary: "take the unit of tetrad away; services live on",
    arguments: [flavour],
    options: system,
    load: () => import("../commands/daemon-uninstall.ts"),
  },
  {
    name: "daemon enable",
    group: BOOT,
    summary: "start tetrad at boot",
    arguments: [flavour],
    options: system,
    load: () => import("../commands/daemon-enable.ts"),
  },
  {
    name: "daemon disable",
    group: BOOT,
    summary: "do not start tetrad at boot",
    arguments: [flavour],
    options: system,
    load: () => import("../commands/daemon-disable.ts"),
  },
  {
    name: "daemon logs",
    group: BOOT,
    summary: "show what systemd has logged of tetrad",
    arguments: [flavour],
    options: {
      ...system,
      lines: { short: "n", value: "N", summary: "the last so many lines (50)" },
      follow: { short: "f", summary: "and what comes" },
    },
    load: () => import("../commands/daemon-logs.ts"),
  },
  {
    name: "systemd",
    group: BOOT,
    summary: "print a systemd unit that runs a service without tsm",
    arguments: [services],
    options: { ...system, install: { summary: "check and install it" } },
    details: [
      "Command, folder, environment, restarts, memory limit, user and dependencies are carried over; health",
      "probes, schedules and watched files are not. Variables that look secret go to a private file.",
    ],
    examples: ["systemd api", "systemd api --system --install"],
    load: () => import("../commands/systemd.ts"),
  },
  {
    name: "nginx generate",
    group: BOOT,
    summary: "print server and upstream for services or groups",
    arguments: [services],
    options: site,
    examples: ["nginx generate api --domain api.example.org"],
    load: () => import("../commands/nginx-generate.ts"),
  },
  {
    name: "nginx install",
    group: BOOT,
    summary: "have nginx serve services or groups, and follow them",
    arguments: [services],
    options: {
      ...site,
      conf: {
        value: "FILE",
        summary: "the nginx.conf to include them in",
        complete: { type: "files" },
      },
      nginx: { value: "PATH", summary: "the program", complete: { type: "files" } },
      pid: {
        value: "FILE",
        summary: "its pid file, if the nginx.conf does not say",
        complete: { type: "files" },
      },
    },
    details: [
      "Adds one line to the nginx.conf. nginx -t checks everything before nginx reads it; what it refuses is",
      "put back. An nginx of your own works without root: give its --conf. The upstream follows start, stop,",
      "reload and scale. A template has {{UPSTREAMS}}, {{ROUTING}} and {{DOMAIN_NAME}}.",
    ],
    examples: [
      "nginx install api --domain api.example.org",
      "nginx install api --listen 8080 --conf nginx.conf",
    ],
    load: () => import("../commands/nginx-install.ts"),
  },
  {
    name: "nginx uninstall",
    group: BOOT,
    summary: "have nginx serve them no more",
    arguments: [{ name: "site", required: true, repeats: true }],
    load: () => import("../commands/nginx-uninstall.ts"),
  },
  {
    name: "nginx status",
    group: BOOT,
    summary: "show what nginx serves; exit status 1 when that is behind",
    load: () => import("../commands/nginx-status.ts"),
  },
  {
    name: "nginx test",
    group: BOOT,
    summary: "have nginx check its configuration",
    load: () => import("../commands/nginx-test.ts"),
  },
  {
    name: "nginx sync",
    group: BOOT,
    summary: "bring what nginx has in line with the services",
    load: () => import("../commands/nginx-sync.ts"),
  },
];
