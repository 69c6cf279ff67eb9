import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowsArguments, fitsName, forbidsArguments } from "./argument-pattern.ts";

describe("a pattern that allows", () => {
  it.each([
    { patterns: ["restart", "app"], args: ["restart", "app"] },
    { patterns: ["restart", "app-*"], args: ["restart", "app-1"] },
    { patterns: ["**"], args: [] },
    { patterns: ["**"], args: ["-f", "--force", "../x"] },
    { patterns: ["log", "**", "--"], args: ["log", "--oneline", "-3", "--"] },
    { patterns: ["--level=*"], args: ["--level=3"] },
    { patterns: ["*", "last"], args: ["two\nlines", "last"] },
    { patterns: ["a*b*c"], args: ["a-b-b-c"] },
  ])("fits $patterns to $args", ({ patterns, args }) => {
    expect(allowsArguments(patterns, args)).toBe(true);
  });

  it.each([
    { why: "another argument", patterns: ["restart"], args: ["stop"] },
    { why: "one argument too many", patterns: ["restart"], args: ["restart", "app"] },
    { why: "one too few", patterns: ["restart", "*"], args: ["restart"] },
    {
      why: "an option where a name is meant",
      patterns: ["log", "*"],
      args: ["log", "--output=/x"],
    },
    { why: "a path that goes up", patterns: ["/srv/app/*"], args: ["/srv/app/../../etc/passwd"] },
    { why: "one as an option's value", patterns: ["--to=*"], args: ["--to=../x"] },
    { why: "what stands behind a line end", patterns: ["log"], args: ["log\n--output=/x"] },
    { why: "two arguments in one", patterns: ["restart", "app"], args: ["restart app"] },
    { why: "upper case", patterns: ["log"], args: ["LOG"] },
  ])("does not fit $why", ({ patterns, args }) => {
    expect(allowsArguments(patterns, args)).toBe(false);
  });

  it("leaves open what is not known yet", () => {
    expect(allowsArguments(["-sfn", "*", "live"], ["-sfn", undefined, "live"])).toBe(true);
    expect(allowsArguments(["-sfn", "*", "live"], ["-sfn", undefined, "other"])).toBe(false);
  });
});

describe("a pattern that forbids", () => {
  it("stands for options and for paths that go up as well", () => {
    expect(forbidsArguments(["*"], ["--force"])).toBe(true);
    expect(forbidsArguments(["/srv/*"], ["/srv/../etc"])).toBe(true);
  });

  it("forbids nothing that is not known yet", () => {
    expect(forbidsArguments(["*"], [undefined])).toBe(false);
  });
});

const texts = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "-", "/", "\n") }));

it("fits literal arguments exactly when they are the same", () => {
  fc.assert(
    fc.property(texts, texts, (patterns, args) => {
      expect(allowsArguments(patterns, args)).toBe(
        patterns.length === args.length && patterns.every((pattern, at) => pattern === args[at]),
      );
    }),
  );
});

it("takes a name apart as a regular expression would", () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*") });
  fc.assert(
    fc.property(pattern, fc.string({ unit: fc.constantFrom("a", "b", "\n") }), (glob, text) => {
      expect(fitsName(glob, text)).toBe(
        new RegExp(`^${glob.replaceAll(/\*+/g, "[^]*")}$`).test(text),
      );
    }),
  );
});

it("is quick with patterns that make others slow", () => {
  expect(fitsName("*a".repeat(200), "a".repeat(20_000) + "b")).toBe(false);
});
