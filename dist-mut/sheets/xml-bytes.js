export const TAB = 0x09;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const EXCLAMATION = 0x21;
export const DOUBLE_QUOTE = 0x22;
export const AMPERSAND = 0x26;
export const APOSTROPHE = 0x27;
export const SLASH = 0x2f;
export const LESS = 0x3c;
export const EQUALS = 0x3d;
export const GREATER = 0x3e;
export const QUESTION = 0x3f;
export const BRACKET = 0x5d;
export function isSpace(byte) {
    return byte === SPACE || byte === LINE_FEED || byte === TAB || byte === CARRIAGE_RETURN;
}
export function sameBytes(bytes, start, end, other) {
    if (end - start !== other.length)
        return false;
    for (let index = 0; index < other.length; index++)
        if (bytes[start + index] !== other[index])
            return false;
    return true;
}
//# sourceMappingURL=xml-bytes.js.map