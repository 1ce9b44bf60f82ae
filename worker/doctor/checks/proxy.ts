import { access, constants } from 'node:fs/promises';
import { proxyFor, proxyProblems } from '../../../feishu/index.ts';
import { fail, ok, type Check } from '../check.ts';

const FEISHU = 'https://open.feishu.cn';

/** By which way calls leave, and whom they trust. */
export const proxy: Check = {
  name: 'proxy',
  run: async ({ env, configured }) => {
    const problems = proxyProblems(env);
    if (problems.length > 0) return fail(problems.join('; '), 'Correct it, or take it away where calls need no proxy');
    const certificates = env['NODE_EXTRA_CA_CERTS'];
    if (certificates) {
      try {
        await access(certificates, constants.R_OK);
      } catch {
        return fail(
          `NODE_EXTRA_CA_CERTS names ${certificates}, which cannot be read`,
          'Correct the path: Node goes on without it',
        );
      }
    }
    const origin = new URL(configured?.profile.baseUrl ?? FEISHU).origin;
    const way = proxyFor(origin, env);
    const trust = certificates ? `; certificates of ${certificates} are trusted too` : '';
    return ok(`${way === null ? `straight to ${origin}` : `to ${origin} by ${way.origin}`}${trust}`);
  },
};
