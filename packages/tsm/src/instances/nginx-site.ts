import { createHash } from "node:crypto";
import { TetraError } from "@tetra/errors";
import type { InstancesErrorCode } from "./errors.ts";
import type { Route } from "./plan-reload.ts";

/** What is served under one name. */
export interface Site {
  /** The group of instances, or the service. */
  readonly name: string;
  /** What stands for `{{DOMAIN_NAME}}`. */
  readonly domain: string;
  /** What nginx listens on: a port, or an address with a port. */
  readonly listen: string;
  /** A template of the user's. */
  readonly template?: string | undefined;
}

/** Where the traffic of a site can go. */
export interface Upstreams {
  /** Instances that should run, by number. */
  readonly members: readonly { readonly name: string; readonly port: number }[];
  /** The port that is kept for the stand-in of the only instance. */
  readonly standInPort?: number;
}

/** How traffic is sent elsewhere for a while. */
export type Steering =
  /**
   * A file in this folder sends it elsewhere: nginx looks for it at each request, and nothing has to be
   * reloaded. Its workers must be able to see the folder.
   */
  | { readonly type: "switches"; readonly folder: string }
  /** The configuration says so, and nginx reloads it. */
  | { readonly type: "reload"; readonly route: Route };

/** What is written for a site. */
export interface SiteText {
  readonly site: Site;
  readonly upstreams: Upstreams;
  readonly steering: Steering;
  /** Whether this nginx knows `keepalive_min_timeout` (1.27.4). */
  readonly keepsIdle: boolean;
}

const DEFAULT_TEMPLATE = `{{UPSTREAMS}}

server {
    listen {{LISTEN}};
    server_name {{DOMAIN_NAME}};

    {{ROUTING}}

    location / {
        proxy_pass http://$tetra_pool;
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $tetra_connection;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        # an instance that is gone is passed over; what one has received is not sent to another
        proxy_next_upstream error timeout;
    }
}
`;

/** What a template must have, besides whatever else. */
const NEEDED = ["UPSTREAMS", "ROUTING", "DOMAIN_NAME"] as const;
const PLACE = /\{\{\s*([A-Za-z_]*)\s*\}\}/g;

/**
 * The configuration of a site, for the `http` block. A template has places for `{{UPSTREAMS}}`,
 * `{{ROUTING}}` (which sets `$tetra_pool` and `$tetra_connection`), `{{DOMAIN_NAME}}`, and may have
 * `{{LISTEN}}` and `{{NAME}}`.
 * @throws TetraError `NGINX_TEXT`, `NGINX_TEMPLATE`
 */
export function siteText(text: SiteText): string {
  const { site } = text;
  checkSite(site);
  const template = site.template ?? DEFAULT_TEMPLATE;
  const missing = NEEDED.find((place) => !places(template).includes(place));
  if (missing !== undefined) throw badTemplate(`it has no place for {{${missing}}}`);
  const values: Readonly<Record<string, readonly string[]>> = {
    UPSTREAMS: upstreamLines(text),
    ROUTING: routingLines(text),
    DOMAIN_NAME: [site.domain],
    LISTEN: [site.listen],
    NAME: [poolName(site.name)],
  };
  const filled = template.replace(/^([ \t]*)(.*)$/gm, (_line, indent: string, rest: string) =>
    rest === "" ? "" : indent + fill(rest, values, indent),
  );
  return `# ${readable(site.name)}: written by tsm nginx, which writes it again\n${filled}`;
}

function fill(
  line: string,
  values: Readonly<Record<string, readonly string[]>>,
  indent: string,
): string {
  return line.replace(PLACE, (place, key: string) => {
    const value = values[key];
    if (value === undefined) throw badTemplate(`nothing is known to fill ${place} with`);
    return value
      .map((each, index) => (index === 0 || each === "" ? each : indent + each))
      .join("\n");
  });
}

function places(template: string): readonly string[] {
  return [...template.matchAll(PLACE)].map(([, key = ""]) => key);
}

/** A name that nginx takes for an upstream, and that no other name gives: it compares them without case. */
export function poolName(name: string): string {
  return `tetra_${encodeName(name)}`;
}

/** Longer ones could not be the name of a file, with an ending. */
const LONGEST = 160;

/**
 * A name as part of a file's name or an upstream's: letters a to z, digits, `-`, and `_` with two hex
 * digits for each other byte. Of a very long one the end is a digest.
 */
export function encodeName(name: string): string {
  const encoded = name.replace(/[^a-z0-9-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `_${byte.toString(16).padStart(2, "0")}`).join(""),
  );
  if (encoded.length <= LONGEST) return encoded;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 32);
  return `${encoded.slice(0, LONGEST - 40)}_x${digest}`;
}

/** The file that takes an instance, or the only instance in favour of its stand-in, out of the traffic. */
export function switchName(port: number): string {
  return String(port);
}

function upstreamLines({ site, upstreams, steering }: SiteText): readonly string[] {
  const { members, standInPort } = upstreams;
  const pool = poolName(site.name);
  const ports = members.map(({ port }) => port);
  if (steering.type === "reload") {
    return upstream(pool, routedPorts(upstreams, steering.route));
  }
  const [first] = ports;
  const others =
    ports.length > 1
      ? ports.flatMap((port) => [
          "",
          ...upstream(
            `${pool}_without_${port}`,
            ports.filter((other) => other !== port),
          ),
        ])
      : first === undefined || standInPort === undefined
        ? []
        : ["", ...upstream(`${pool}_without_${first}`, [standInPort])];
  return [...upstream(pool, ports), ...others];
}

function routedPorts({ members, standInPort }: Upstreams, route: Route): readonly number[] {
  if (route.type === "stand-in") return standInPort === undefined ? [] : [standInPort];
  return members
    .filter(({ name }) => route.type === "all" || name !== route.name)
    .map(({ port }) => port);
}

function upstream(name: string, ports: readonly number[]): readonly string[] {
  if (ports.length === 0) return [`# nothing should run`];
  return [`upstream ${name} {`, ...ports.map((port) => `    server 127.0.0.1:${port};`), "}"];
}

function routingLines({ site, upstreams, steering, keepsIdle }: SiteText): readonly string[] {
  const { members } = upstreams;
  const pool = poolName(site.name);
  const isEmpty =
    steering.type === "reload"
      ? routedPorts(upstreams, steering.route).length === 0
      : members.length === 0;
  const canSwitch = members.length > 1 || upstreams.standInPort !== undefined;
  return [
    ...(keepsIdle ? ["keepalive_min_timeout 5s;"] : []),
    "set $tetra_connection close;",
    "if ($http_upgrade) { set $tetra_connection upgrade; }",
    `set $tetra_pool ${pool};`,
    ...(isEmpty ? ["return 503;"] : []),
    ...(steering.type === "switches" && canSwitch
      ? members.map(({ port }) => {
          const file = quoteNginx(`${steering.folder}/${switchName(port)}`);
          return `if (-e ${file}) { set $tetra_pool ${pool}_without_${port}; }`;
        })
      : []),
  ];
}

/**
 * A parameter of a directive, quoted.
 * @throws TetraError `NGINX_TEXT` for `$`, which begins a variable and cannot be escaped, and for
 *   control characters.
 */
export function quoteNginx(text: string): string {
  refuse(text, /[$\p{Cc}\p{Cs}]/u, "a dollar sign or a control character");
  return `"${text.replace(/[\\"]/g, String.raw`\$&`)}"`;
}

/** The pattern of an `include`, quoted. @throws TetraError `NGINX_TEXT` for what `glob` would interpret, too. */
export function quoteInclude(folder: string): string {
  refuse(folder, /[*?[\]\\]/, "a character that patterns give a meaning to");
  return quoteNginx(`${folder}/*.conf`);
}

const DOMAIN = /^[\p{L}\p{N}._*-]+( [\p{L}\p{N}._*-]+)*$/u;
const LISTEN = /^(([0-9.]+|\[[0-9a-fA-F:]+\]|\*|localhost):)?([0-9]{1,5})$/;

function checkSite({ domain, listen }: Site): void {
  refuse(domain, new RegExp(`^(?!${DOMAIN.source})`, "u"), "something that no domain has");
  const [, , , port = ""] = LISTEN.exec(listen) ?? [];
  if (port === "" || Number(port) < 1 || Number(port) > 65_535) {
    throw badText(listen, "it is neither a port nor an address with a port");
  }
}

function refuse(text: string, what: RegExp, name: string): void {
  if (what.test(text)) throw badText(text, `it has ${name}`);
}

function badText(text: string, why: string): TetraError<InstancesErrorCode> {
  return new TetraError(
    "NGINX_TEXT",
    `${JSON.stringify(text)} cannot stand in nginx's configuration: ${why}`,
    { hint: "use another one", details: { text } },
  );
}

function badTemplate(why: string): TetraError<InstancesErrorCode> {
  return new TetraError("NGINX_TEMPLATE", `the template cannot be used: ${why}`, {
    hint: "it needs {{UPSTREAMS}}, {{ROUTING}} and {{DOMAIN_NAME}}, and may have {{LISTEN}} and {{NAME}}",
  });
}

/** A name for a comment: nothing in it can end the line. */
function readable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, "?");
}
