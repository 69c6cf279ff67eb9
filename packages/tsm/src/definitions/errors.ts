/** The codes of the `TetraError`s of definitions. Stable; listed in `docs/errors.md`. */
export type DefinitionErrorCode =
  /** A `.tsm` file, a `tsm.yaml` or a field of it is not what it must be; `details` has file, line and column. */
  | "INVALID_DEFINITION"
  /** Nothing is defined under this name. */
  | "DEFINITION_NOT_FOUND"
  /** Several organisations define a service of this name; `details.candidates`. */
  | "AMBIGUOUS_DEFINITION"
  /** A definition of this name is there already. Nothing was written. */
  | "DEFINITION_EXISTS"
  /** The link that would enable a service belongs to another one, or is no link. */
  | "LINK_TAKEN"
  /** Services wait for each other in a circle; `details.cycle`. */
  | "DEPENDENCY_CYCLE"
  /** A service depends on one that is not defined. */
  | "UNKNOWN_DEPENDENCY"
  /** A service of this name runs, and was defined by another file. Nothing was done. */
  | "NAME_TAKEN"
  /** What another manager wrote cannot be read, or its configuration failed or took too long. */
  | "IMPORT_FAILED";
