import type { FailureSign } from "./failure.ts";

// What OpenSSH prints (it is not translated), the most telling first: a changed key also says "verification
// failed", a jump host that refuses also says "closed by UNKNOWN".

/** How connecting by ssh fails. */
export const SSH_FAILURES: readonly FailureSign[] = [
  {
    code: "HOST_KEY_CHANGED",
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/u,
    reason:
      "the host shows another key than known_hosts has: it was reinstalled, or it is another machine",
    hint: "find out why; if it is right, remove the old key with: ssh-keygen -R HOST",
  },
  {
    code: "HOST_KEY_UNKNOWN",
    pattern: /Host key verification failed|No .* host key is known for/u,
    reason: "the host's key is in no known_hosts",
    hint: "connect once on a terminal and compare the key: ssh HOST",
  },
  {
    code: "HOST_NOT_FOUND",
    pattern: /Could not resolve hostname/u,
    hint: "correct the host's name",
  },
  {
    code: "IDENTITY_UNUSABLE",
    pattern: /UNPROTECTED PRIVATE KEY FILE|bad permissions/u,
    reason: "the identity file can be read by others, so ssh does not use it",
    hint: "make it private: chmod 600 FILE",
  },
  {
    code: "IDENTITY_UNUSABLE",
    pattern: /(?:Identity file .* not accessible|no such identity)[^]*Permission denied \(/u,
    reason: "the identity file is not there, and the host lets no other key in",
    hint: "correct the path of the identity file",
  },
  {
    code: "IDENTITY_UNUSABLE",
    pattern: /Load key .*: /u,
    hint: "name a private key that OpenSSH can read",
  },
  {
    code: "AUTH_REFUSED",
    pattern: /Permission denied \(|Too many authentication failures|No supported authentication/u,
    hint: "add your key to the host's authorized_keys, or name another with auth_key",
  },
  {
    code: "SSH_CONFIG_INVALID",
    pattern: /Bad configuration option|terminating, \d+ bad config|Bad owner or permissions on/u,
    hint: "correct the ssh configuration",
  },
  {
    code: "JUMP_FAILED",
    // the jump host's own words are lost when connections are shared; that the end of a pipe is no port stays
    pattern: /stdio forwarding failed|open failed: (?:connect failed|admin)|UNKNOWN port/u,
    reason: "the jump host did not let the connection through to the host",
    hint: "try the jump host by hand: ssh JUMP, and from there the host",
  },
  {
    code: "CONNECTION_REFUSED",
    pattern: /Connection refused/u,
    hint: "see whether sshd runs there, and on that port",
  },
  {
    code: "CONNECT_TIMEOUT",
    pattern: /timed out/iu,
    hint: "see whether the host is up and its firewall lets you in",
  },
  {
    code: "HOST_UNREACHABLE",
    pattern: /No route to host|Network is unreachable/u,
    hint: "look at your network, or the VPN",
  },
  {
    code: "CONNECTION_LOST",
    pattern:
      /closed by|Connection reset|kex_exchange_identification|Broken pipe|client_loop|not responding/u,
    hint: "try again; what was begun may or may not have been done",
  },
];
