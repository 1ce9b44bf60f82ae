/** Pages of a list behind opaque tokens. A token belongs to one query: with other parameters it is refused. */
import type { Page } from '../feishu/contract.ts';
import { fieldViolation } from './api.ts';
import type { Call } from './api.ts';
import type { FaultRule } from './faults.ts';
import { hexOf } from './random.ts';

interface PageInput<Row> {
  rows: Row[];
  call: Call;
  pageSize: number;
  fault: FaultRule | undefined;
}

export function paginate<Row>({ rows, call, pageSize, fault }: PageInput<Row>): { rows: Row[]; links: Page } {
  const mark = queryMark(call);
  const asked = call.query.get('page_token') || undefined;
  const { offset, turn } = asked === undefined ? { offset: 0, turn: 0 } : readToken(asked, mark);
  const end = offset + pageSize;
  const token = (nextOffset: number): string => writeToken({ offset: nextOffset, turn: turn + 1 }, mark);
  const shown = rows.slice(offset, end);
  switch (fault?.kind) {
    case 'loop-page-token':
      return { rows: shown, links: { has_more: true, page_token: asked ?? writeToken({ offset: 0, turn: 0 }, mark) } };
    case 'repeat-page':
      return { rows: shown, links: { has_more: true, page_token: token(offset) } };
    case 'has-more-without-token':
      return { rows: shown, links: { has_more: true } };
    default:
      return {
        rows: shown,
        links: end < rows.length ? { has_more: true, page_token: token(end) } : { has_more: false },
      };
  }
}

interface Position {
  offset: number;
  /** Makes the token of a repeated page differ from the one before. */
  turn: number;
}

function queryMark({ endpoint, query }: Call): string {
  const names = [...query.entries()].filter(([name]) => name !== 'page_token' && name !== 'page_size');
  return hexOf(12, endpoint, ...names.map(([name, value]) => `${name}=${value}`).toSorted());
}

function writeToken({ offset, turn }: Position, mark: string): string {
  return Buffer.from(`${offset}.${turn}.${mark}`).toString('base64url');
}

function readToken(token: string, mark: string): Position {
  const [offset, turn, tokenMark] = Buffer.from(token, 'base64url').toString('latin1').split('.');
  if (!/^\d+$/.test(offset ?? '') || tokenMark !== mark) {
    throw fieldViolation('page_token', 'must be a token of the same query', token);
  }
  return { offset: Number(offset), turn: Number(turn) };
}
