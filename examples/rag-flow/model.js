#!/usr/bin/env node
// Stands for a language model: reads a prompt and writes an answer. It knows two answers by heart, a wrong one and,
// when the prompt holds the report of a failed test, one that is right.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const prompt = readFileSync(0, "utf8");
const answer = /^not ok /mu.test(prompt) ? "second.multicat" : "first.multicat";
process.stdout.write(readFileSync(join(import.meta.dirname, "answers", answer)));
