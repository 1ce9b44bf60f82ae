/** What of people the tables show: `FEISHU_PRIVACY`. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { codeOf } from '../feishu/redact.ts';
import { customPolicy, KEEP, PolicyError, STRICT, type Policy } from '../tables/privacy.ts';

const TAKES = 'takes keep, strict or the path of a JSON file';

export const privacySchema = {
  FEISHU_PRIVACY: z
    .string()
    .default(KEEP.name)
    .transform((text, context): Policy => {
      const known = [KEEP, STRICT].find(({ name }) => name === text);
      if (known !== undefined) return known;
      try {
        return customPolicy(JSON.parse(readFileSync(text, 'utf8')));
      } catch (error) {
        for (const message of problemsOf(error)) context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }
    }),
};

function problemsOf(error: unknown): string[] {
  if (error instanceof PolicyError) return error.problems.map((problem) => `the file: ${problem}`);
  if (error instanceof SyntaxError) return ['the file is not valid JSON'];
  return [`the file cannot be read (${codeOf(error) ?? 'no file'}); it ${TAKES}`];
}

/** For a program that writes or compares tables without the other settings. @throws Error that says what the setting takes */
export function privacyOf(env: NodeJS.ProcessEnv): Policy {
  const parsed = privacySchema.FEISHU_PRIVACY.safeParse(env['FEISHU_PRIVACY'] || undefined);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map(({ message }) => `FEISHU_PRIVACY: ${message}`).join('\n'));
}
