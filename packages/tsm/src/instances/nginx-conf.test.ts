import fc from "fast-check";
import { expect, it } from "vitest";
import { includeLine, mainDirective, withInclude, withoutInclude } from "./nginx-conf.ts";

const CONF = `user www-data;
pid "/run/my nginx.pid"; # http {
events { worker_connections 10; }
http {
  log_format a '} "$remote_addr" { \${x}';
  server { location / { return 200 "}"; } }
  include /etc/nginx/conf.d/*.conf;
}
stream { }
`;
const FOLDER = "/srv/my tetra/conf.d";

it("puts the line at the end of the http block, whatever braces are in quotes and comments", () => {
  expect(withInclude(CONF, FOLDER)).toBe(
    CONF.replace("conf.d/*.conf;\n}", `conf.d/*.conf;\n${includeLine(FOLDER)}\n}`),
  );
});

it("puts it there once, and moves it when the folder moves", () => {
  const once = withInclude(CONF, FOLDER);

  expect(withInclude(once, FOLDER)).toBe(once);
  expect(withInclude(once, "/new")).toBe(withInclude(CONF, "/new"));
});

it.each([CONF, "http {}\n", "http { }", "events{}http{server{listen 80;}}"])(
  "taking it away again leaves the file as it was, but for a line break: %j",
  (conf) => {
    const there = withInclude(conf, FOLDER);

    expect(there).toContain(includeLine(FOLDER));
    expect(withoutInclude(there).replaceAll("\n", "")).toBe(conf.replaceAll("\n", ""));
  },
);

it.each(["", "events {}", "# http {\n}", "mail { http { } }", "http { server {"])(
  "refuses %j, which has no whole http block, and says what to add by hand",
  (conf) => {
    expect(() => withInclude(conf, FOLDER)).toThrow(
      expect.objectContaining({ code: "NGINX_CONF", hint: expect.stringContaining(FOLDER) }),
    );
  },
);

it("reads directives outside of all blocks only", () => {
  expect(mainDirective(CONF, "pid")).toBe("/run/my nginx.pid");
  expect(mainDirective(CONF, "user")).toBe("www-data");
  expect(mainDirective(CONF, "worker_connections")).toBeUndefined();
});

it("never fails on any text, and never changes what else is there", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from("http {};\"'\\#\n$a")) }),
      (text) => {
        const conf = `http {\n}\n${text}`;
        expect(withoutInclude(withInclude(conf, FOLDER))).toBe(conf);
      },
    ),
  );
});
