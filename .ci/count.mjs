/** Prints `PASSED FAILED` for a vitest JSON report; a test that did not run counts as failed, and so does a file without one. */
import { readFileSync } from 'node:fs';

const [path = ''] = process.argv.slice(2);
const { testResults } = JSON.parse(readFileSync(path, 'utf8'));
let passed = 0;
const missed = [];
for (const { name, status, message, assertionResults } of testResults) {
  for (const test of assertionResults) {
    if (test.status === 'passed') passed += 1;
    else missed.push(`${test.status}: ${name}: ${test.fullName}`);
  }
  const loaded = assertionResults.length > 0;
  const otherwise = status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
  if (!loaded || otherwise) missed.push(`${loaded ? 'failed' : 'no test ran'}: ${name} ${message ?? ''}`.trim());
}
if (testResults.length === 0) missed.push('no test file at all');
for (const line of missed) process.stderr.write(`${line}\n`);
process.stdout.write(`${passed} ${missed.length}\n`);
