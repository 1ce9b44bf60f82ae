import { FeishuError } from '../../../feishu/index.ts';
import { EXPORT_SCOPE, LASTING_SCOPE, LIST_SCOPE, LOGIN_SCOPES, USER_ID_SCOPE } from '../../login/scopes.ts';
import type { IdentityKind } from '../../identity-settings.ts';
import { fail, ofFeishu, ok, skip, warn, type Configured, type Finding } from '../check.ts';
import { consolePages } from '../console-pages.ts';
import type { Outcome } from '../outcome.ts';

interface Lacking {
  what: string;
  scope: string;
  kind: IdentityKind;
  /** Who has not granted it. */
  by: 'app' | 'user';
}

/** Whether the app has, and the user has granted, what lists and exports need. Found out by asking, since a list of scopes shows no more. */
export const scopes = ofFeishu('scopes', async ({ profile, probes }) => {
  const { identity, listIdentity } = profile;
  const [lists, exports] = [await probes.lists(), await probes.exports()];
  if (!isAnswered(lists) && !isAnswered(exports))
    return skip('there is no token to ask with: see credentials and grant');
  const lacking = [
    ...lackingIn(lists, { what: 'lists', scope: LIST_SCOPE[listIdentity], kind: listIdentity }),
    ...lackingIn(exports, { what: 'exports', scope: EXPORT_SCOPE, kind: identity }),
  ];
  if (lacking.length > 0) return missing(profile, lacking);
  if (listIdentity === 'app' && codeOf(lists) === 'RIGHT_MISSING' && codeOf(exports) !== 'RIGHT_MISSING') {
    return fail(
      'the lists are refused to the app (121005) while exports are not: the scope of the lists that apps get today is for users only',
      `Ask the lists as a user: set FEISHU_LIST_IDENTITY=user, then feishu-vc login --profile ${profile.name}. ` +
        "Or do without them: --listing export. If it stays: the app's creator lacks the right Meeting management, see docs/feishu-app.md",
    );
  }
  const asked =
    identity === listIdentity
      ? `lists and exports as the ${identity}`
      : `lists as the ${listIdentity}, exports as the ${identity}`;
  if (lists.ok && !lists.value.givesUserIds) {
    const pages = consolePages(profile.baseUrl, profile.appId);
    return warn(
      `${asked}; without ${USER_ID_SCOPE}: no user_id in answers`,
      `Where you need user_id, add it (${pages.scopes([USER_ID_SCOPE], listIdentity)}) and publish a version (${pages.versions})` +
        (listIdentity === 'user' ? `, then feishu-vc login --profile ${profile.name}` : ''),
    );
  }
  return ok(asked);
});

/** Feishu has looked at scopes: the token was good. */
function isAnswered(outcome: Outcome<unknown>): boolean {
  return outcome.ok || (outcome.error instanceof FeishuError && outcome.error.kind === 'permission');
}

function codeOf(outcome: Outcome<unknown>): string | null {
  return !outcome.ok && outcome.error instanceof FeishuError ? outcome.error.code : null;
}

function lackingIn(outcome: Outcome<unknown>, asked: Omit<Lacking, 'by'>): Lacking[] {
  switch (codeOf(outcome)) {
    case 'SCOPE_MISSING':
      return [{ ...asked, by: 'app' }];
    case 'USER_SCOPE_MISSING':
      return [{ ...asked, by: 'user' }];
    default:
      return [];
  }
}

function missing({ name, baseUrl, appId }: Configured['profile'], lacking: Lacking[]): Finding {
  const pages = consolePages(baseUrl, appId);
  const ofApp = lacking.filter(({ by }) => by === 'app');
  const isUser = lacking.some(({ kind }) => kind === 'user');
  const links = (['app', 'user'] as const)
    .map((kind) => ofApp.filter((each) => each.kind === kind).map(({ scope }) => scope))
    .flatMap((names, index) =>
      names.length > 0 ? [`${names.join(', ')}: ${pages.scopes(names, index === 0 ? 'app' : 'user')}`] : [],
    );
  const steps = [
    ...(links.length > 0
      ? [`Add the scope ${links.join('; ')}, and publish a version of the app: ${pages.versions}`]
      : []),
    ...(isUser
      ? [
          `${links.length > 0 ? 'Then the' : 'The'} user has to agree to it: feishu-vc login --profile ${name}, which asks for ${[...LOGIN_SCOPES, LASTING_SCOPE].join(' ')}`,
        ]
      : []),
    ...(lacking.some(({ what, kind }) => what === 'lists' && kind === 'app')
      ? [
          'An app that cannot get the scope of the lists has them asked as a user (FEISHU_LIST_IDENTITY=user), or does without (--listing export)',
        ]
      : []),
  ];
  const told = lacking.map(
    ({ what, scope, by, kind }) =>
      `${what} as the ${kind}: ${by === 'app' ? 'the app lacks' : 'the user has not granted'} ${scope}`,
  );
  return fail(told.join('; '), steps.join('. '));
}
