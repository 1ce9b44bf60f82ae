import type { Request, Transport } from './transport.ts';
export interface Download {
    /**
     * The file. Fails with a `FeishuError` of kind `network` when the connection breaks or `contentLength` is not reached. Has to
     * be iterated, or the call's signal aborted: until then it holds its connection.
     */
    body: AsyncIterable<Uint8Array>;
    /** Bytes, where the answer says so. */
    contentLength: number | null;
}
/**
 * A body counts as the file only after three looks: status 200, a content type other than JSON, and the first bytes. Errors
 * come as JSON even with status 200, and gateways send pages.
 */
export declare function download(transport: Transport, request: Request): Promise<Download>;
