/**
 * The part of a UTF-8 text that has arrived and is not read yet, in one buffer. Chunks may cut characters; what lies
 * before `end` is whole and valid.
 */
export declare class XmlInput {
    #private;
    bytes: Buffer<ArrayBuffer>;
    /** Reading goes on here. */
    position: number;
    end: number;
    /** Of `position`, in the whole text. */
    get offset(): number;
    /** Bytes are left that begin a character and do not end it. */
    get isCut(): boolean;
    /** Moves what is not read to the front: positions taken before do not hold any more. @returns false for bytes that are no UTF-8. */
    push(chunk: Uint8Array): boolean;
}
