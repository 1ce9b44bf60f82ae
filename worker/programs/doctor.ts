/**
 * `node dist/worker/programs/doctor.js [--profile P] [--json] [--offline]`: looks at everything that an export needs and says for
 * each what was seen, and the step that ends what is wrong. Exit 1 where something is.
 */
import { parseArgs } from 'node:util';
import { diagnose } from '../doctor/diagnose.ts';
import { linesOf } from '../doctor/show.ts';
import { print, printJson } from '../../report/terminal.ts';

const { values } = parseArgs({
  options: {
    profile: { type: 'string', default: 'default' },
    json: { type: 'boolean', default: false },
    offline: { type: 'boolean', default: false },
  },
});
const diagnosis = await diagnose({ env: process.env, profile: values.profile, isOffline: values.offline });
if (values.json) printJson(process.stdout, diagnosis);
else print(process.stdout, linesOf(diagnosis).join('\n'));
if (diagnosis.checks.some(({ state }) => state === 'fail')) process.exitCode = 1;
