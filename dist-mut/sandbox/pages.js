import { fieldViolation } from './api.js';
import { hexOf } from './random.js';
export function paginate({ rows, call, pageSize, fault }) {
    const mark = queryMark(call);
    const asked = call.query.get('page_token') || undefined;
    const { offset, turn } = asked === undefined ? { offset: 0, turn: 0 } : readToken(asked, mark);
    const end = offset + pageSize;
    const token = (nextOffset) => writeToken({ offset: nextOffset, turn: turn + 1 }, mark);
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
function queryMark({ endpoint, query }) {
    const names = [...query.entries()].filter(([name]) => name !== 'page_token' && name !== 'page_size');
    return hexOf(12, endpoint, ...names.map(([name, value]) => `${name}=${value}`).toSorted());
}
function writeToken({ offset, turn }, mark) {
    return Buffer.from(`${offset}.${turn}.${mark}`).toString('base64url');
}
function readToken(token, mark) {
    const [offset, turn, tokenMark] = Buffer.from(token, 'base64url').toString('latin1').split('.');
    if (!/^\d+$/.test(offset ?? '') || tokenMark !== mark) {
        throw fieldViolation('page_token', 'must be a token of the same query', token);
    }
    return { offset: Number(offset), turn: Number(turn) };
}
//# sourceMappingURL=pages.js.map