/** Unix ms that never go back, whatever is done to the machine's clock. */
export const monotonicMs = (): number => performance.timeOrigin + performance.now();
