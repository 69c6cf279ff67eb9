import { readFileSync } from "node:fs";

/**
 * @param {string} file
 * @returns {{ greetingFile: string }}
 */
export function readConfig(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** @param {{ greetingFile: string }} config */
export function greeting({ greetingFile }) {
  return `${readFileSync(greetingFile, "utf8").trim()} (version ${VERSION})`;
}
