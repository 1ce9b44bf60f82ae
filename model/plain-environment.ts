/** The environment of processes that are started and need neither settings nor secrets of this one. */

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings of this product and of what it reaches. Which config file Temporal's tools read is no secret. */
const SETTINGS = /^(FEISHU_|TEMPORAL_(?!CONFIG_FILE$)|DATA_URL|AWS_|S3_|PG|OTEL_|NOTIFY_|WAREHOUSE_)/i;
/** Those of other programs of the same shell. */
const SECRETS = /SECRET|TOKEN|PASSW|CREDENTIAL|API_?KEY|ACCESS_?KEY/i;

export function plainEnvironment(env: Environment): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined && !SETTINGS.test(entry[0]) && !SECRETS.test(entry[0]);
  });
  return Object.fromEntries(kept);
}
