/** Exit 0 when the sandbox at the given URL answers. */
const [url = 'http://127.0.0.1:8070'] = process.argv.slice(2);
const answer = await fetch(`${url}/_sandbox/health`, { signal: AbortSignal.timeout(5_000) });
if (!answer.ok) {
  process.stderr.write(`${url} answers ${answer.status}\n`);
  process.exitCode = 1;
}
