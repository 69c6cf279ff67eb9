/** The codes of the `TetraError`s of `@tetra/tsm/boot`. */
export type BootErrorCode =
  /** A text that cannot stand in a systemd unit: it has a line break or another control character. */
  | "UNIT_TEXT"
  /** `systemd-analyze verify` refused the unit; `details.output`. Nothing was written. */
  | "UNIT_REFUSED"
  /** The unit is not installed. */
  | "UNIT_NOT_INSTALLED"
  /** This machine was started by something else than systemd; `details.init` says by what. */
  | "INIT_UNSUPPORTED"
  /** systemd runs, but its manager for this user cannot be reached. */
  | "NO_MANAGER"
  /** `systemctl` or `journalctl` refused; `details.output`. */
  | "SYSTEMCTL_FAILED"
  /** Only root may do this. */
  | "ROOT_NEEDED";
