/** Every check, in the order in which it is shown. A new one is added here and nowhere else. */
import type { Check } from '../check.ts';
import { clock } from './clock.ts';
import { credentials } from './credentials.ts';
import { grant } from './grant.ts';
import { meetingRight } from './meeting-right.ts';
import { modes } from './modes.ts';
import { oldVersions } from './old-versions.ts';
import { payloadKeys } from './payload-keys.ts';
import { privacy } from './privacy.ts';
import { proxy } from './proxy.ts';
import { region } from './region.ts';
import { scopes } from './scopes.ts';
import { settings } from './settings.ts';
import { disk, store } from './store.ts';
import { namespace, searchAttributes, temporal, worker } from './temporal.ts';
import { warehouse } from './warehouse.ts';

export const CHECKS: readonly Check[] = [
  settings,
  temporal,
  namespace,
  worker,
  searchAttributes,
  payloadKeys,
  credentials,
  grant,
  scopes,
  meetingRight,
  region,
  clock,
  store,
  disk,
  modes,
  oldVersions,
  privacy,
  warehouse,
  proxy,
];
