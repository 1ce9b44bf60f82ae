/** A rule set of one's own, as JSON: what differs from a preset. */
import { z } from 'zod';
import { PRESETS } from './presets.ts';
import { RULE_NAMES, ruleNamed, type RuleName, type RuleSet } from './rules.ts';

const limits = z.strictObject({
  fair: z.number().min(0).nullable().default(null),
  poor: z.number().min(0).nullable().default(null),
  source: z.string().min(1).max(200),
});
const percent = z.number().min(0).max(100);
const source = z.string().min(1).max(200);
const ruleFile = z.strictObject({
  name: z.string().min(1).max(60),
  based_on: z.enum(Object.keys(PRESETS)).default('default'),
  rules: z.partialRecord(z.enum(RULE_NAMES), z.union([limits, z.literal('off')])).default({}),
  session: z
    .strictObject({
      fair_pct: percent,
      poor_pct: percent,
      least_minutes: z.number().int().min(1),
      long_run_minutes: z.number().int().min(1),
      source,
    })
    .partial()
    .default({}),
  target: z.strictObject({ poor_audio_pct: percent, source }).optional(),
});

/** A rule set that cannot be used, with one line for each field. */
export class RuleFileError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The rules cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'RuleFileError';
    this.problems = problems;
  }
}

/** @throws RuleFileError which names every field that is wrong */
export function parseRuleFile(text: string): RuleSet {
  const parsed = ruleFile.safeParse(jsonOf(text));
  if (!parsed.success) throw new RuleFileError(parsed.error.issues.flatMap(problemsOf));
  const { name, based_on, rules, session, target } = parsed.data;
  const base = PRESETS[based_on]!;
  const merged: RuleSet = {
    name,
    rules: { ...base.rules },
    session: { ...base.session, ...definedOf(session) },
    target: target ?? base.target,
  };
  for (const rule of RULE_NAMES) {
    const own = rules[rule];
    if (own === 'off') delete merged.rules[rule];
    else if (own) merged.rules[rule] = own;
  }
  const problems = contradictions(merged);
  if (problems.length > 0) throw new RuleFileError(problems);
  return merged;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RuleFileError([`it is no JSON: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function definedOf<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.join('.');
  // Of the two forms of a rule the one that was meant says what is wrong.
  if (issue.code === 'invalid_union') {
    const [meant = []] = issue.errors;
    return meant.map((each) => `${[at, ...each.path].filter(String).join('.')}: ${each.message}`);
  }
  return [`${at || 'the file'}: ${issue.message}`];
}

function contradictions({ rules, session }: RuleSet): string[] {
  const problems = RULE_NAMES.flatMap((name) => contradictionOf(name, rules[name]));
  if (session.poor_pct < session.fair_pct) problems.push('session.poor_pct: it is under session.fair_pct');
  return problems;
}

function contradictionOf(name: RuleName, limitsOf: RuleSet['rules'][RuleName]): string[] {
  if (!limitsOf) return [];
  const { fair, poor } = limitsOf;
  if (fair === null && poor === null)
    return [`rules.${name}: it has neither fair nor poor; to switch it off write "off"`];
  if (fair === null || poor === null) return [];
  const isAbove = ruleNamed(name).limit === 'from';
  if (isAbove ? fair <= poor : fair >= poor) return [];
  return [`rules.${name}: fair must be ${isAbove ? 'at most' : 'at least'} poor, ${poor}`];
}
