import { FeishuError } from '../../../feishu/index.ts';
import type { IdentityKind } from '../../identity-settings.ts';
import { fail, ofFeishu, ok, skip, warn, type Configured } from '../check.ts';
import { consolePages } from '../console-pages.ts';
import type { Outcome } from '../outcome.ts';

type Evidence = 'has' | 'refused' | 'unknown';

/** Whether who is asked as holds the administrator's right, which no list of scopes shows. */
export const meetingRight = ofFeishu('meeting_right', async (configured) => {
  const { profile } = configured;
  const kinds = [...new Set([profile.identity, profile.listIdentity])];
  const found = await Promise.all(kinds.map(async (kind) => ({ kind, ...(await evidenceOf(kind, configured)) })));
  const { admin } = consolePages(profile.baseUrl, profile.appId);
  const give = (kind: IdentityKind): string =>
    `In the admin console (${admin}), under Administrator permissions, give ${kind === 'user' ? 'the user who logged in' : "the app's creator"} a role ` +
    'with Video Meetings & Live > Meeting management';
  // An app that is refused the lists alone may have a scope that is for users only: see scopes.
  const refused = found.filter(
    ({ kind, lists, exports }) => lists === 'refused' && (kind === 'user' || exports !== 'has'),
  );
  if (refused.length > 0) {
    const whose = refused.map(({ kind }) => (kind === 'user' ? 'the user' : "the app's creator"));
    return fail(
      `Feishu refuses for want of a right (121005): ${whose.join(', ')}`,
      refused.map(({ kind }) => give(kind)).join('. '),
    );
  }
  const doubtful = found.find(({ lists, exports }) => lists === 'unknown' && exports === 'refused');
  if (doubtful) {
    return warn(
      `as the ${doubtful.kind} a look at an export that does not exist is refused (121005); it may be the right that lacks`,
      `Make sure with one small export, which stays at Feishu for a while: feishu-vc export meeting_list --start_time … --end_time …. ${give(doubtful.kind)}`,
    );
  }
  const proven = found.filter(({ lists }) => lists === 'has');
  if (proven.length === 0) return skip('cannot be told without a list: see scopes');
  const open = found
    .filter(({ lists }) => lists !== 'has')
    .map(({ kind }) => `; as the ${kind} only an export can tell`);
  return ok(`the ${proven.map(({ kind }) => kind).join(' and the ')} may list the tenant's meetings${open.join('')}`);
});

async function evidenceOf(
  kind: IdentityKind,
  { profile, probes }: Configured,
): Promise<{ lists: Evidence; exports: Evidence }> {
  return {
    lists: profile.listIdentity === kind ? evidence(await probes.lists()) : 'unknown',
    exports: profile.identity === kind ? evidence(await probes.exports()) : 'unknown',
  };
}

function evidence(outcome: Outcome<unknown>): Evidence {
  if (outcome.ok) return 'has';
  return outcome.error instanceof FeishuError && outcome.error.code === 'RIGHT_MISSING' ? 'refused' : 'unknown';
}
