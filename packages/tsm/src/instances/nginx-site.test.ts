import fc from "fast-check";
import { expect, it } from "vitest";
import {
  encodeName,
  poolName,
  quoteInclude,
  quoteNginx,
  siteText,
  type SiteText,
} from "./nginx-site.ts";

const text = (more: Partial<SiteText> = {}): SiteText => ({
  site: { name: "web", domain: "example.org", listen: "127.0.0.1:8080" },
  upstreams: {
    members: [
      { name: "web-3000", port: 3000 },
      { name: "web-3001", port: 3001 },
    ],
  },
  steering: { type: "switches", folder: "/srv/tetra/out" },
  keepsIdle: false,
  ...more,
});

it("has a pool of all, and one without each, that a file switches to", () => {
  expect(siteText(text())).toBe(`# web: written by tsm nginx, which writes it again
upstream tetra_web {
    server 127.0.0.1:3000;
    server 127.0.0.1:3001;
}

upstream tetra_web_without_3000 {
    server 127.0.0.1:3001;
}

upstream tetra_web_without_3001 {
    server 127.0.0.1:3000;
}

server {
    listen 127.0.0.1:8080;
    server_name example.org;

    set $tetra_connection close;
    if ($http_upgrade) { set $tetra_connection upgrade; }
    set $tetra_pool tetra_web;
    if (-e "/srv/tetra/out/3000") { set $tetra_pool tetra_web_without_3000; }
    if (-e "/srv/tetra/out/3001") { set $tetra_pool tetra_web_without_3001; }

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
`);
});

it("an only instance has its stand-in behind the file", () => {
  const upstreams = { members: [{ name: "web", port: 3000 }], standInPort: 20_100 };

  expect(siteText(text({ upstreams }))).toContain(
    "upstream tetra_web_without_3000 {\n    server 127.0.0.1:20100;\n}",
  );
});

it("where files cannot be seen, the configuration says who gets the traffic", () => {
  const without = siteText(
    text({ steering: { type: "reload", route: { type: "without", name: "web-3000" } } }),
  );

  expect(without).toContain("upstream tetra_web {\n    server 127.0.0.1:3001;\n}");
  expect(without).not.toContain("3000");
});

it("where nothing should run, it answers that the service is unavailable", () => {
  expect(siteText(text({ upstreams: { members: [] } }))).toContain("    return 503;\n");
});

it("fills a template of one's own, several lines with its indentation", () => {
  const template =
    "{{UPSTREAMS}}\nserver {\n  # {{NAME}}\n  server_name {{ DOMAIN_NAME }};\n  {{ROUTING}}\n}\n";

  expect(siteText(text({ site: { ...text().site, template } }))).toContain(
    "server {\n  # tetra_web\n  server_name example.org;\n  set $tetra_connection close;\n  if (",
  );
});

it.each([
  ["{{UPSTREAMS}} {{ROUTING}}", "it has no place for {{DOMAIN_NAME}}"],
  ["{{UPSTREAMS}} {{ROUTING}} {{DOMAIN_NAME}} {{X}}", "nothing is known to fill {{X}} with"],
])("refuses the template %j", (template, why) => {
  expect(() => siteText(text({ site: { ...text().site, template } }))).toThrow(
    expect.objectContaining({ code: "NGINX_TEMPLATE", message: expect.stringContaining(why) }),
  );
});

it.each([
  { domain: "a;b" },
  { domain: "" },
  { domain: "a\nb" },
  { domain: "a b {" },
  { listen: "0" },
  { listen: "80;" },
  { listen: "65536" },
  { listen: "::1:80" },
])("refuses %j", (site) => {
  expect(() => siteText(text({ site: { ...text().site, ...site } }))).toThrow(
    expect.objectContaining({ code: "NGINX_TEXT" }),
  );
});

const anyText = fc.string({ unit: "binary", maxLength: 20 });

it("no two names give the same pool, for nginx, which does not tell A from a", () => {
  fc.assert(
    fc.property(anyText, anyText, (one, other) => {
      const isSame = poolName(one).toLowerCase() === poolName(other).toLowerCase();
      const bytes = (name: string): string => Buffer.from(name).toString("hex");
      expect(isSame).toBe(bytes(one) === bytes(other));
      expect(encodeName(one)).toMatch(/^[a-z0-9_-]*$/);
    }),
  );
});

it("what is quoted is read back by nginx's rules, or refused", () => {
  fc.assert(
    fc.property(anyText, (given) => {
      const isRefused = /[$\p{Cc}\p{Cs}]/u.test(given);
      const quoted = (): string => quoteNginx(given).slice(1, -1).replace(/\\(.)/gs, "$1");
      expect(isRefused ? given : quoted()).toBe(given);
      expect(isRefused).toBe(isThrown(() => quoteNginx(given)));
    }),
  );
});

function isThrown(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch {
    return true;
  }
}

it.each(["/a*", "/a?", "/[a]", "/$HOME", "/a\nb", "/a\\b"])(
  "a folder %j cannot be included",
  (folder) => {
    expect(() => quoteInclude(folder)).toThrow(expect.objectContaining({ code: "NGINX_TEXT" }));
  },
);
