/** Pages of the developer console and of the admin console, where what is wrong is put right. */
import { isLark } from '../../feishu/index.ts';
import type { IdentityKind } from '../identity-settings.ts';

export interface ConsolePages {
  /** App ID and App Secret. */
  credentials: string;
  /** Redirect URLs, IP allow list, the switch of refreshing. */
  security: string;
  /** Where a version is made and published: a scope counts from then on. */
  versions: string;
  /** Of the tenant's administrator. */
  admin: string;
  /** Where these scopes are added, already picked. */
  scopes(names: readonly string[], kind: IdentityKind): string;
}

/** A host of one's own, such as a sandbox, has no console: the steps are those of Feishu. */
export function consolePages(baseUrl: string, appId: string | null): ConsolePages {
  const lark = isLark(baseUrl);
  const app = `${lark ? 'https://open.larksuite.com' : 'https://open.feishu.cn'}/app${appId === null ? '' : `/${appId}`}`;
  const page = (name: string): string => (appId === null ? app : `${app}/${name}`);
  return {
    credentials: page('baseinfo'),
    security: page('safe'),
    versions: page('version'),
    admin: lark ? 'https://www.larksuite.com/admin' : 'https://www.feishu.cn/admin',
    scopes: (names, kind) => {
      if (appId === null) return app;
      return `${app}/auth?q=${names.join(',')}&op_from=openapi&token_type=${kind === 'user' ? 'user' : 'tenant'}`;
    },
  };
}
