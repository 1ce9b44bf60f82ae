/**
 * Deterministic draws: the same parts give the same values on every machine, so that tenant data needs no storage.
 */
/** cyrb128: four 32-bit words from a text. */
function hashWords(text) {
    let a = 1779033703;
    let b = 3144134277;
    let c = 1013904242;
    let d = 2773480762;
    for (let i = 0; i < text.length; i++) {
        const k = text.charCodeAt(i);
        a = b ^ Math.imul(a ^ k, 597399067);
        b = c ^ Math.imul(b ^ k, 2869860233);
        c = d ^ Math.imul(c ^ k, 951274213);
        d = a ^ Math.imul(d ^ k, 2716044179);
    }
    a = Math.imul(c ^ (a >>> 18), 597399067);
    b = Math.imul(d ^ (b >>> 22), 2869860233);
    c = Math.imul(a ^ (c >>> 17), 951274213);
    d = Math.imul(b ^ (d >>> 19), 2716044179);
    a ^= b ^ c ^ d;
    return [a >>> 0, (b ^ a) >>> 0, (c ^ a) >>> 0, (d ^ a) >>> 0];
}
/** sfc32. */
function generator(state) {
    let [a, b, c, d] = state;
    return () => {
        const t = (((a + b) | 0) + d) | 0;
        d = (d + 1) | 0;
        a = b ^ (b >>> 9);
        b = (c + (c << 3)) | 0;
        c = ((c << 21) | (c >>> 11)) + t;
        return (t >>> 0) / 4294967296;
    };
}
export function drawsFor(...parts) {
    const fraction = generator(hashWords(parts.join('\u0001')));
    const int = (min, max) => min + Math.floor(fraction() * (max - min + 1));
    return {
        fraction,
        int,
        chance: (probability) => fraction() < probability,
        pick: (items) => {
            const item = items[int(0, items.length - 1)];
            if (item === undefined)
                throw new RangeError('pick needs at least one item');
            return item;
        },
    };
}
const HEX = '0123456789abcdef';
const ALPHANUMERIC = '0123456789abcdefghijklmnopqrstuvwxyz';
function characters(alphabet, length, parts) {
    const draws = drawsFor(...parts);
    let text = '';
    for (let i = 0; i < length; i++)
        text += alphabet.charAt(draws.int(0, alphabet.length - 1));
    return text;
}
export const hexOf = (length, ...parts) => characters(HEX, length, parts);
export const alphanumericOf = (length, ...parts) => characters(ALPHANUMERIC, length, parts);
/** Never starts with a zero, as Feishu's numbers do not. */
export const digitsOf = (length, ...parts) => characters('123456789', 1, ['first', ...parts]) + characters('0123456789', length - 1, parts);
//# sourceMappingURL=random.js.map