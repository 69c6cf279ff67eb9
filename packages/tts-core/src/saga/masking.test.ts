import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "./json.ts";
import { masker, SHORTEST_SECRET } from "./masking.ts";

const SECRET = "p@ss/w ör'd\"+?";
const { text } = masker([SECRET]);

describe("a secret in a text", () => {
  it.each([
    ["as it is", SECRET],
    ["URL-encoded", encodeURIComponent(SECRET)],
    ["URL-encoded in small letters", encodeURIComponent(SECRET).toLowerCase()],
    ["in a form", String(new URLSearchParams({ a: SECRET })).slice(2)],
    ["in base64", Buffer.from(SECRET).toString("base64")],
    ["in base64url", Buffer.from(SECRET).toString("base64url")],
    ["in JSON", JSON.stringify(SECRET).slice(1, -1)],
    ["in JSON inside JSON", JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
    [
      "in JSON as ASCII",
      JSON.stringify(SECRET)
        .slice(1, -1)
        .replace("ö", String.raw`\u00f6`),
    ],
    [
      "in JSON as PHP writes it",
      JSON.stringify(SECRET)
        .slice(1, -1)
        .replace("/", String.raw`\/`),
    ],
    ["in a shell's quotes", SECRET.replaceAll("'", String.raw`'\''`)],
  ])("is masked %s", (_form, form) => {
    expect(text(`before ${form} after`)).toBe("before *** after");
  });

  it.each([0, 1, 2, 3, 4])("is masked in the base64 of a longer text, %i bytes in", (before) => {
    const encoded = Buffer.from(`${"x".repeat(before)}${SECRET}:more`).toString("base64");
    const hidden = text(encoded);

    expect(hidden).toContain("***");
    expect(Buffer.from(hidden.replaceAll("***", ""), "base64").length).toBeLessThan(before + 12);
  });

  it("is masked wherever it stands, also twice and overlapping itself", () => {
    expect(masker(["abab"]).text("ababab-abab")).toBe("***-***");
  });

  it("is masked where it overlaps another", () => {
    expect(masker(["first", "stage"]).text("a firstage b")).toBe("a *** b");
    expect(masker(["secret", "my-secret-key"]).text("my-secret-key")).toBe("***");
  });
});

describe("a secret of several lines", () => {
  const key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\n\nkqhkiG9w0BAQ==\n}\n-----END KEY-----\n";

  it("is masked whole and line by line", () => {
    const masks = masker([key]);

    expect(masks.text(`>${key.trim()}<`)).toBe(">***<");
    expect(masks.text("line 3: kqhkiG9w0BAQ==")).toBe("line 3: ***");
    expect(masks.text("a lonely } stays")).toBe("a lonely } stays");
  });

  it("is known without the newline at its end, and in base64 with and without it", () => {
    const masks = masker(["token-123\n"]);

    expect(masks.text("token-123")).toBe("***");
    expect(masks.text(Buffer.from("token-123\n").toString("base64"))).toBe("***");
    expect(masks.text(Buffer.from("token-123").toString("base64"))).toBe("***");
  });
});

it(`leaves what has fewer than ${SHORTEST_SECRET} characters: masking it would spoil every text`, () => {
  const masks = masker(["", " ", "\n", "abc", "é"]);

  expect(masks.text("abc é \n")).toBe("abc é \n");
  expect(masks.json({ abc: ["abc", 0] })).toEqual({ abc: ["abc", 0] });
});

it("masks texts, keys and numbers in JSON, and nothing else", () => {
  const { json } = masker(["12345", "hunter2"]);

  expect(json({ hunter2: [12345, 9123450, "a hunter2 b"], ok: true, none: null, n: 1 })).toEqual({
    "***": ["***", "***", "a *** b"],
    ok: true,
    none: null,
    n: 1,
  });
});

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what fast-check calls JSON is ours
const asJson = (value: unknown): Json => value as Json;

// a secret made of the mask's own characters can appear by masking
const secret = fc
  .string({ unit: "grapheme", minLength: 4 })
  .filter((one) => one.trim().length >= SHORTEST_SECRET && !one.includes("*"));

it("never lets a secret through, whatever stands around it", () => {
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 3 }),
      fc.array(fc.string()),
      (secrets, rest) => {
        const hidden = masker(secrets).text(secrets.concat(rest).join(""));

        for (const one of secrets) expect(hidden).not.toContain(one.trim());
      },
    ),
  );
});

it("never lets a secret through JSON that was written and read", () => {
  fc.assert(
    fc.property(secret, fc.jsonValue(), (one, around) => {
      const value = asJson({ around, one, [one]: [one] });
      const masks = masker([one]);

      expect(JSON.stringify(masks.json(value))).not.toContain(
        JSON.stringify(one.trim()).slice(1, -1),
      );
      expect(masks.text(JSON.stringify(value))).not.toContain(
        JSON.stringify(one.trim()).slice(1, -1),
      );
    }),
  );
});

it("changes nothing in a text without secrets", () => {
  fc.assert(
    fc.property(secret, fc.stringMatching(/^[a-c]*$/), (one, shown) => {
      fc.pre(!/[a-c]/.test(one));

      expect(masker([one]).text(shown)).toBe(shown);
    }),
  );
});
