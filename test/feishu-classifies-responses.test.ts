import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyResponse } from '../feishu/classify-response.ts';
import type { Seen } from '../feishu/classify-response.ts';
import { askedWaitMs } from '../feishu/retry-after.ts';

type Answer = Extract<Seen, { what: 'answer' }>;

function answer(status: number, body: unknown, o: Partial<Answer> = {}): Seen {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { what: 'answer', status, contentType: 'application/json; charset=utf-8', body: bytes, ...o };
}
function coded(status: number, code: number, msg = 'some text'): Seen {
  return answer(status, { code, msg });
}
function meaning(seen: Seen): string {
  const classified = classifyResponse(seen);
  return classified.ok ? 'ok' : `${classified.kind} ${classified.code}`;
}

describe('the meaning of a Feishu code', () => {
  it.each([
    // Fetching tokens: refusals come with status 200.
    [200, 10003, 'credentials CREDENTIALS_REJECTED'],
    [200, 10014, 'credentials CREDENTIALS_REJECTED'],
    [200, 10015, 'credentials CREDENTIALS_REJECTED'],
    [200, 10012, 'credentials CREDENTIALS_REJECTED'],
    [400, 99991543, 'credentials CREDENTIALS_REJECTED'],
    [200, 99991662, 'credentials APP_UNAVAILABLE'],
    [200, 99991673, 'credentials APP_UNAVAILABLE'],
    [200, 2200, 'server SERVER_ERROR'],
    // Tokens and scopes.
    [400, 99991661, 'credentials CREDENTIALS_REJECTED'],
    [400, 99991663, 'token TOKEN_DEAD'],
    [200, 99991663, 'token TOKEN_DEAD'],
    [401, 99991663, 'token TOKEN_DEAD'],
    [400, 99991664, 'token TOKEN_DEAD'],
    [400, 99991665, 'token TOKEN_DEAD'],
    [400, 99991668, 'token TOKEN_DEAD'],
    [400, 99991669, 'credentials CREDENTIALS_REJECTED'],
    [400, 99991671, 'token TOKEN_DEAD'],
    [401, 99991677, 'token TOKEN_DEAD'],
    [400, 99991672, 'permission SCOPE_MISSING'],
    [400, 99991676, 'permission RIGHT_MISSING'],
    [400, 99991679, 'permission USER_SCOPE_MISSING'],
    // Exports and lists.
    [500, 121001, 'server SERVER_ERROR'],
    [400, 121002, 'bad_request BAD_REQUEST'],
    [400, 121003, 'bad_request BAD_REQUEST'],
    [404, 121004, 'not_found NOT_FOUND'],
    [403, 121005, 'permission RIGHT_MISSING'],
    [404, 121005, 'permission RIGHT_MISSING'],
    ...[126003, 126004, 126005, 126006, 126007, 126008, 126015, 126016, 126099].map(
      (code) => [400, code, 'bad_request BAD_REQUEST'] as const,
    ),
    [400, 126009, 'meeting_not_found MEETING_NOT_FOUND'],
    [400, 126010, 'device_not_found DEVICE_NOT_FOUND'],
    // Limits.
    [429, 99991400, 'throttled THROTTLED'],
    [400, 99991400, 'throttled THROTTLED'],
    [200, 99991400, 'throttled THROTTLED'],
    [200, 11232, 'throttled THROTTLED'],
    [400, 1000004, 'throttled THROTTLED'],
    [400, 1000005, 'throttled THROTTLED'],
    [429, 2200, 'throttled THROTTLED'],
    [429, 424242, 'throttled THROTTLED'],
    [429, 0, 'throttled THROTTLED'],
    [429, 99991403, 'monthly_quota MONTHLY_QUOTA_USED_UP'],
    [400, 99991403, 'monthly_quota MONTHLY_QUOTA_USED_UP'],
    [403, 99991401, 'permission IP_NOT_ALLOWED'],
    // Generic codes.
    [404, 99991201, 'bad_request WRONG_PATH'],
    [404, 99991301, 'bad_request WRONG_PATH'],
    ...[99992351, 99992360, 99992361, 99992363, 99992364, 99992375, 99992376, 99992381, 99992500].map(
      (code) => [400, code, 'bad_request BAD_REQUEST'] as const,
    ),
    [400, 99992402, 'bad_request BAD_REQUEST'],
    [500, 99992402, 'bad_request BAD_REQUEST'],
    [400, 9499, 'bad_request BAD_REQUEST'],
    [400, 424242, 'bad_request BAD_REQUEST'],
    [200, 424242, 'bad_request BAD_REQUEST'],
    [500, 424242, 'server SERVER_ERROR'],
    [503, 0, 'server SERVER_ERROR'],
    [400, 0, 'server SERVER_ERROR'],
    [200, 0, 'ok'],
  ] as const)('HTTP %i with code %i is %s', (status, code, expected) => {
    expect(meaning(coded(status, code))).toBe(expected);
  });

  it.each([99991663, 99991668])('code %i is a matter of the kind of token when the text says "not support"', (code) => {
    expect(meaning(coded(400, code, 'user access token not support'))).toBe('credentials TOKEN_KIND_NOT_SUPPORTED');
  });

  it('takes any other refusal of a token request as one of the credentials', () => {
    expect(meaning(answer(200, { code: 10016, msg: 'x' }, { isAuth: true }))).toBe('credentials CREDENTIALS_REJECTED');
    expect(meaning(answer(502, { code: 10016, msg: 'x' }, { isAuth: true }))).toBe('server SERVER_ERROR');
  });

  it('reads a code that is written as a string', () => {
    expect(meaning(answer(400, { code: '99991400' }))).toBe('throttled THROTTLED');
  });
});

/** Deep enough to overflow a stack that follows it. */
function nested(open: string, close: string): string {
  return `${open.repeat(100_000)}1${close.repeat(100_000)}`;
}

describe('the meaning of a body that is no Feishu answer', () => {
  const html = '<html><body>Bad Gateway</body></html>';
  it.each([
    ['an HTML 502', answer(502, html, { contentType: 'text/html' }), 'server SERVER_ERROR'],
    ['an HTML page with status 200', answer(200, html, { contentType: 'text/html' }), 'server NOT_JSON'],
    ['an HTML 403', answer(403, html, { contentType: 'text/html' }), 'server NOT_JSON'],
    ['an HTML 404', answer(404, html, { contentType: 'text/html' }), 'server NOT_JSON'],
    ['a plain-text 404', answer(404, '404 page not found', { contentType: 'text/plain' }), 'bad_request WRONG_PATH'],
    ['a 404 of a gateway in JSON', answer(404, { message: 'no route' }), 'bad_request WRONG_PATH'],
    ['a 403 of a gateway in JSON', answer(403, { message: 'blocked' }), 'server NOT_JSON'],
    ['an empty 200', answer(200, ''), 'server EMPTY_BODY'],
    ['an empty 404', answer(404, '', { contentType: '' }), 'server EMPTY_BODY'],
    ['a plain 429', answer(429, 'slow down', { contentType: 'text/plain' }), 'throttled THROTTLED'],
    ['a plain 504', answer(504, 'timeout', { contentType: 'text/plain' }), 'server SERVER_ERROR'],
    ['a redirect', answer(302, '', { contentType: '' }), 'bad_request REDIRECTED'],
    ['JSON that breaks off', answer(200, '{"code":0,"data":{"tas'), 'server BROKEN_JSON'],
    ['JSON without a code', answer(200, { data: {} }), 'contract UNEXPECTED_SHAPE'],
    ['a JSON array', answer(200, []), 'contract UNEXPECTED_SHAPE'],
    ['JSON under another content type', answer(200, { code: 0 }, { contentType: 'text/plain' }), 'ok'],
    ['bytes that are not UTF-8', answer(200, '', { body: Buffer.from([0x7b, 0x22, 0xff, 0x22]) }), 'server NOT_JSON'],
    ['a body over the limit', answer(200, '', { body: 'too_large' }), 'contract ANSWER_TOO_LARGE'],
    ['arrays inside arrays', answer(200, `{"code":0,"data":${nested('[', ']')}}`), 'contract ANSWER_TOO_DEEP'],
    ['objects inside objects', answer(200, `{"code":0,"data":${nested('{"a":', '}')}}`), 'contract ANSWER_TOO_DEEP'],
    ['deep JSON of a 400', answer(400, `{"code":1,"x":${nested('[', ']')}}`), 'contract ANSWER_TOO_DEEP'],
    ['deep JSON of a 502', answer(502, nested('{"a":', '}')), 'server SERVER_ERROR'],
    ['brackets in a text', answer(200, { code: 0, data: { topic: `"${'[{'.repeat(50_000)}` } }), 'ok'],
    ['a broken body of a 200', answer(200, '', { body: 'broken' }), 'network BROKEN_BODY'],
    ['a broken body of a 400', answer(400, '', { body: 'broken' }), 'network BROKEN_BODY'],
    ['a broken body of a 429', answer(429, '', { body: 'broken' }), 'throttled THROTTLED'],
    ['a broken body of a 502', answer(502, '', { body: 'broken' }), 'server SERVER_ERROR'],
    ['JSON success in place of a file', answer(200, { code: 0 }, { wantsFile: true }), 'contract NOT_A_FILE'],
    ['a JSON error in place of a file', answer(200, { code: 121004 }, { wantsFile: true }), 'not_found NOT_FOUND'],
    [
      'garbage in place of a file',
      answer(200, 'garbage', { wantsFile: true, contentType: 'application/octet-stream' }),
      'server NOT_A_FILE',
    ],
  ] as const)('%s', (_name, seen, expected) => {
    expect(meaning(seen)).toBe(expected);
  });
});

describe('the meaning of a network error', () => {
  it.each([
    ['ECONNREFUSED', false, false, 'CONNECT_FAILED'],
    ['EHOSTUNREACH', false, false, 'CONNECT_FAILED'],
    ['ENOTFOUND', false, false, 'DNS_FAILED'],
    ['EAI_AGAIN', false, false, 'DNS_FAILED'],
    ['UND_ERR_CONNECT_TIMEOUT', false, false, 'CONNECT_TIMEOUT'],
    ['ETIMEDOUT', false, false, 'CONNECT_TIMEOUT'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', false, false, 'TLS_FAILED'],
    ['CERT_HAS_EXPIRED', false, false, 'TLS_FAILED'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', false, false, 'TLS_FAILED'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', false, false, 'TLS_FAILED'],
    ['EPROTO', false, false, 'TLS_FAILED'],
    ['ANSWER_TIMEOUT', true, false, 'ANSWER_TIMEOUT'],
    ['ECONNRESET', true, false, 'CONNECTION_LOST'],
    ['UND_ERR_SOCKET', true, false, 'CONNECTION_LOST'],
    ['ETIMEDOUT', true, false, 'CONNECTION_LOST'],
    ['UND_ERR_SOCKET', true, true, 'BROKEN_BODY'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', true, true, 'BROKEN_BODY'],
    ['UND_ERR_BODY_TIMEOUT', true, true, 'BODY_TIMEOUT'],
    ['HPE_INVALID_CONSTANT', true, false, 'MALFORMED_HTTP'],
    ['UND_ERR_HEADERS_OVERFLOW', true, false, 'MALFORMED_HTTP'],
    ['UND_ERR_DESTROYED', false, false, 'CLIENT_CLOSED'],
  ] as const)('%s (sent %s, answered %s) is %s', (code, sent, answered, expected) => {
    const error = Object.assign(new Error('x'), { code });
    expect(meaning({ what: 'network', error, sent, answered })).toBe(`network ${expected}`);
  });
});

it('gives every answer a kind, whatever it holds', () => {
  const body = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => Buffer.from(text)),
    fc.record({ code: fc.anything(), msg: fc.anything(), error: fc.jsonValue() }).map((value) => {
      return Buffer.from(JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? '1' : item)));
    }),
    fc.constantFrom('broken' as const, 'too_large' as const),
  );
  const contentType = fc.constantFrom('', 'application/json', 'text/html', 'text/plain', 'application/octet-stream');
  fc.assert(
    fc.property(
      fc.record({ status: fc.integer({ min: 200, max: 599 }), contentType, body, wantsFile: fc.boolean() }),
      (seen) => {
        const classified = classifyResponse({ what: 'answer', ...seen });
        expect(classified.ok ? seen.status < 300 && !seen.wantsFile : classified.kind.length > 0).toBe(true);
      },
    ),
  );
});

describe('the wait that a throttled answer asks for', () => {
  const now = Date.parse('2026-05-01T00:00:00Z');
  it.each([
    [{ 'x-ogw-ratelimit-reset': '52' }, 52_000],
    [{ 'x-ogw-ratelimit-reset': '0.35' }, 350],
    [{ 'x-ogw-ratelimit-reset': '1.0004' }, 1001],
    [{ 'x-ogw-ratelimit-reset': '3', 'retry-after': '7' }, 7000],
    [{ 'x-ogw-ratelimit-reset': '9', 'retry-after': '7' }, 9000],
    [{ 'retry-after': 'Fri, 01 May 2026 00:00:30 GMT' }, 30_000],
    [{ 'x-ogw-ratelimit-reset': '0' }, 100],
    [{ 'x-ogw-ratelimit-reset': '1777593600' }, undefined],
    [{ 'x-ogw-ratelimit-reset': '-4' }, undefined],
    [{ 'x-ogw-ratelimit-reset': 'soon' }, undefined],
    [{ 'retry-after': '-4' }, undefined],
    [{}, undefined],
  ])('%o is %s ms', (headers, expected) => {
    expect(askedWaitMs(headers, now)).toBe(expected);
  });
});
