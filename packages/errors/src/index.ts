export { isTetraError, TetraError, type TetraErrorOptions } from "./tetra-error.ts";
