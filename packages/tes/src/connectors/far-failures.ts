import type { FailureSign } from "./failure.ts";

/** How becoming the work user fails. Some of it is said in the far side's language. */
export const SUDO_FAILURES: readonly FailureSign[] = [
  {
    code: "SUDO_REFUSED",
    pattern:
      /^sudo: |not in the sudoers file|is not allowed to (?:execute|run)|sudo: (?:command )?not found/mu,
    hint: "let the auth user become the work user without a password (sudoers: NOPASSWD)",
  },
];

/** How operations on files fail, in the English that the scripts ask for. */
export const FILE_FAILURES: readonly FailureSign[] = [
  {
    code: "PATH_NOT_FOUND",
    pattern: /No such file or directory|nonexistent/u,
    reason: "there is no such file or folder",
    hint: "correct the path",
  },
  {
    code: "PATH_DENIED",
    pattern: /Permission denied|Operation not permitted|Read-only file system/u,
    reason: "whoever acts there may not do that",
    hint: "look at the owner and mode of the file and its folder",
  },
  {
    code: "PATH_KIND",
    pattern: /Is a directory|Not a directory/u,
    reason: "a folder is where a file is needed, or the reverse",
    hint: "correct the path",
  },
  {
    code: "NO_SPACE",
    pattern: /No space left|Disk quota exceeded/u,
    reason: "no space is left there",
    hint: "free some space",
  },
];

/** How reaching a container fails. */
export const CONTAINER_FAILURES: readonly FailureSign[] = [
  {
    code: "CONTAINER_UNREACHABLE",
    pattern:
      /^(?:Error response from daemon|Error: No such container|Error: no container with|Cannot connect to the|error during connect|Error from server|The connection to the server|Unable to connect to the server|error: (?:unable to upgrade|You must be logged|context|pod|container))/imu,
    hint: "see whether the container runs and its name is right",
  },
];

/** What the scripts themselves say: `tetra: CODE reason`. */
export const SCRIPT_FAILURES: readonly FailureSign[] = [
  {
    code: "INCOMPLETE",
    pattern: /^tetra: INCOMPLETE /mu,
    reason: "not everything arrived; what was there before is whole",
    hint: "try again",
  },
  {
    code: "PATH_KIND",
    pattern: /^tetra: PATH_KIND /mu,
    reason: "the path is no regular file (a folder, a device, or a link to nowhere)",
    hint: "correct the path",
  },
  {
    code: "PATH_NOT_FOUND",
    pattern: /^tetra: PATH_NOT_FOUND /mu,
    reason: "there is no such folder to run it in",
    hint: "correct the path",
  },
];
