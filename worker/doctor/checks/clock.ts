import { fail, ofFeishu, ok, skip } from '../check.ts';

/** More than an answer takes, less than what tokens and days can bear. */
const LIMIT_S = 60;

export const clock = ofFeishu('clock', ({ probes }) => {
  const { clock: seen } = probes.watch;
  if (seen === null) return skip('no answer said what time it is');
  const aheadS = Math.round((seen.oursMs - seen.theirsMs) / 1000);
  const apart = `${Math.abs(aheadS)} s ${aheadS < 0 ? 'behind' : 'ahead of'} Feishu's`;
  if (Math.abs(aheadS) < LIMIT_S) return ok(`this machine's clock is ${apart}`);
  return fail(
    `this machine's clock is ${apart}: tokens and days would end at wrong moments`,
    'Set it by the network: timedatectl set-ntp true, or the clock of the host that runs this container',
  );
});
