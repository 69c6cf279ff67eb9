import { page, pageCount } from "./pages.js";

/** A page as people see it. @param {readonly string[]} items @param {number} number @param {number} size */
export function catalogue(items, number, size) {
  const lines = page(items, number, size).map((item) => `- ${item}`);
  return [...lines, `page ${number} of ${pageCount(items.length, size)}`].join("\n");
}
