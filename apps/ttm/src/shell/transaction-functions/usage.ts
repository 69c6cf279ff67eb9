/** What the sourced `ttm` prints for `help`, `h` or nothing. */
export const USAGE = `TTM: Tetra Transaction Manager

Usage: ttm <command> [arguments]

Transaction Lifecycle:
  create "<description>" [@target] [agent]   Begin a transaction, print its id
  transition <stage> [id]                    Move to another stage
  commit [id]                                End as a success
  fail [id] "<error>"                        End as a failure

Context Management:
  add <file> <description> [id]              Add a file or folder as evidence
  list-ctx [id]                              List the context files
  init-vars [id]                             Set $e1, $e2 ... and $e_count

Query:
  active                                     Print the active transaction's id
  status [id]                                Show a transaction
  list [stage]                               List transactions
  state [id]                                 Print a transaction's state as JSON
  events [id] [type]                         Print a transaction's log

TES Integration:
  resolve [id]                               Resolve the target to where it leads

Without an id, the active transaction is meant.
Stages: NEW, SELECT, ASSEMBLE, EXECUTE, VALIDATE, DONE, FAIL

Examples:
  ttm create "deploy api v2.1.0" @staging
  ttm add ./app.tar.gz artifact
  ttm transition EXECUTE
  ttm commit

The program has more commands than this function: command ttm help
`;
