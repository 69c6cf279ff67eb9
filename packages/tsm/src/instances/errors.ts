/** The codes of the `TetraError`s of `@tetra/tsm/instances`. */
export type InstancesErrorCode =
  /** No service, and no group of instances, of this name. */
  | "GROUP_NOT_FOUND"
  /** Somebody else reloads or scales this group right now. Nothing was done. */
  | "GROUP_BUSY"
  /** What should carry the traffic meanwhile does not get ready; everything is as it was. */
  | "STAND_IN_FAILED"
  /** An instance did not come back; the others, or its stand-in, carry the traffic; `details.name`. */
  | "RELOAD_STOPPED"
  /** It runs and does not listen on its port in time; seen as the cause of the two above. */
  | "NOT_LISTENING"
  /** A number of instances that cannot be, or a group without a port to count from. */
  | "CANNOT_SCALE"
  /** `nginx` is not installed, or not where it was said to be. */
  | "NGINX_NOT_FOUND"
  /** `nginx -t` refused; what was there before was put back; `details.output`. */
  | "NGINX_REFUSED"
  /** nginx did not take the new configuration in time. */
  | "NGINX_NOT_RELOADED"
  /** The `nginx.conf` is not there, may not be written, or has no `http` block for the line. */
  | "NGINX_CONF"
  /** A text that cannot stand in nginx's configuration, such as a path with `$`. */
  | "NGINX_TEXT"
  /** A template without a place for what must be in it, or with one that nothing fills. */
  | "NGINX_TEMPLATE"
  /** A service without a port: there is nothing to send traffic to. */
  | "NO_PORT"
  /** A file below `tsm/nginx` that is not what it must be. */
  | "INVALID_SITE"
  /** Nothing is installed for this name. */
  | "SITE_NOT_FOUND";
