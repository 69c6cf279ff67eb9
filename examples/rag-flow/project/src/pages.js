/** How many pages there are. @param {number} count @param {number} size */
export function pageCount(count, size) {
  return Math.floor(count / size);
}

/** What is on a page, from 1. @param {readonly string[]} items @param {number} number @param {number} size */
export function page(items, number, size) {
  return items.slice((number - 1) * size, number * size);
}
