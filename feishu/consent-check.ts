import { AUTHORIZE_PATH } from './contract.ts';
import { FeishuError } from './errors.ts';
import { Transport } from './transport.ts';

const PAGE = { id: 'A6', method: 'GET', path: AUTHORIZE_PATH } as const;

/**
 * What the consent page has against a log-in before a person has seen it, as Feishu's code: 20029 for a redirect address that is
 * not registered, 20027 for scopes that the app does not have. Null where it shows a page, or says nothing.
 */
export async function consentProblem(pageUrl: string): Promise<number | null> {
  const { origin, pathname, search } = new URL(pageUrl);
  const transport = new Transport({ baseUrl: origin });
  try {
    const { answer } = await transport.send({ endpoint: PAGE, path: `${pathname}${search}`, call: {} });
    const read = await transport.read(answer);
    if (answer.status < 400 || read.state !== 'complete') return null;
    const code = /\b200[2-7]\d\b/.exec(Buffer.from(read.bytes).toString('utf8'))?.[0];
    return code === undefined ? null : Number(code);
  } catch (error) {
    if (error instanceof FeishuError) return null;
    throw error;
  } finally {
    await transport.destroy();
  }
}
