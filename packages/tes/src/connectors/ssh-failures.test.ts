import { expect, it } from "vitest";
import { connectFailure } from "./ssh-session.ts";

// as OpenSSH 8 to 10 print them
it.each([
  ["ssh: connect to host h port 22: No route to host\r\n", "HOST_UNREACHABLE"],
  ["ssh: connect to host h port 22: Network is unreachable\r\n", "HOST_UNREACHABLE"],
  ["ssh: connect to host h port 22: Connection timed out\r\n", "CONNECT_TIMEOUT"],
  ["ssh: connect to host h port 22: Operation timed out\r\n", "CONNECT_TIMEOUT"],
  ["Connection timed out during banner exchange\r\n", "CONNECT_TIMEOUT"],
  ["Received disconnect from h: 2: Too many authentication failures\r\n", "AUTH_REFUSED"],
  ["me@h: Permission denied (publickey,password).\r\n", "AUTH_REFUSED"],
  ["/c: line 3: Bad configuration option: prot\r\n/c: terminating, 1 bad", "SSH_CONFIG_INVALID"],
  ["Bad owner or permissions on /home/me/.ssh/config\r\n", "SSH_CONFIG_INVALID"],
  ["kex_exchange_identification: read: Connection reset by peer\r\n", "CONNECTION_LOST"],
  ["Timeout, server h not responding.\r\n", "CONNECTION_LOST"],
  ["No ED25519 host key is known for h and you have requested strict\r\n", "HOST_KEY_UNKNOWN"],
  ["something new\r\n", "CONNECT_FAILED"],
  ["", "CONNECT_FAILED"],
])("understands %j: %s", (said, code) => {
  expect(connectFailure("@x", said)).toMatchObject({ code, hint: expect.stringMatching(/./u) });
});

it("passes on no control characters", () => {
  expect(connectFailure("@x", "odd \u001b[31mred\u0007\r\n").message).toBe(
    "@x: ssh failed: odd [31mred",
  );
});
