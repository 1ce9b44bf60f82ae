/** Exit 0 when the worker of this container is ready, 1 with what it lacks when not. */
const url = `http://${process.env.HEALTH_ADDRESS}/readyz`;
const said = await fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
  async (answer) => (answer.ok ? null : `${url} answers ${answer.status}: ${await answer.text()}`),
  (error) => `${url} does not answer: ${error.cause?.code ?? error.name}\n`,
);
if (said !== null) {
  process.stderr.write(said);
  process.exitCode = 1;
}
