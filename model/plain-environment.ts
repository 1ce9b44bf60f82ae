/** The environment of processes that are started and need neither settings nor secrets of this one. */

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What programs need to run, to find the network and to open a window. Nothing else is handed on: a secret has any name. Which
 * config file Temporal's tools read is no secret.
 */
const PLAIN = [
  /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|COLORTERM|NO_COLOR|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TMP|TEMP|PWD|XDG_\w+)$/,
  /^(https?|all|no)_proxy$/i,
  /^(SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/,
  /^PIP_\w+$/,
  /^(DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS|BROWSER|WSL_\w+|__CF\w+)$/,
  /^TEMPORAL_CONFIG_FILE$/,
];

export function plainEnvironment(env: Environment): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined && PLAIN.some((pattern) => pattern.test(entry[0]));
  });
  return Object.fromEntries(kept);
}
