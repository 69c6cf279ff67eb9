import assert from "node:assert/strict";
import { test } from "node:test";
import { catalogue } from "../src/catalogue.js";
import { page, pageCount } from "../src/pages.js";

const fruit = ["apple", "banana", "cherry", "date", "elder", "fig"];

await test("a page holds as many as it may", () => {
  assert.deepEqual(page(fruit, 2, 2), ["cherry", "date"]);
});

await test("pages that are full need no further one", () => {
  assert.equal(pageCount(6, 2), 3);
});

await test("what is left over has a page of its own", () => {
  assert.equal(pageCount(6, 4), 2);
});

await test("the last page says that it is the last", () => {
  assert.equal(catalogue(fruit, 2, 4), "- elder\n- fig\npage 2 of 2");
});
