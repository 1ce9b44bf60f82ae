/** Every way failed; the message lists each with its reason. */
export class NoTemporalCliError extends Error {
  override readonly name = 'NoTemporalCliError';
  readonly attempts: string[];

  constructor(attempts: string[]) {
    super(`The Temporal command line could not be had:\n${attempts.join('\n')}`);
    this.attempts = attempts;
  }
}
