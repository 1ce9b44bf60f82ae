/** How a call to the Temporal server failed, told without loading the SDK. */

/** The status code of gRPC, of an error or of what it was caused by; undefined where no call is behind it. */
export function grpcCode(error: unknown): number | undefined {
  for (let link = error; link instanceof Error; link = link.cause) if (isOfCall(link)) return link.code;
  return undefined;
}

/** As gRPC makes them; those of the system (`ECONNREFUSED`) have a text as code. */
function isOfCall(error: Error): error is Error & { code: number } {
  return 'details' in error && typeof error.details === 'string' && 'code' in error && typeof error.code === 'number';
}
