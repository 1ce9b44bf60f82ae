/** What is wrong with an input: each field, and what it takes. */
import type { z } from 'zod';

export interface InputProblem {
  /** Path of the field, its parts joined by dots. */
  field: string;
  message: string;
}

/** One line that an operator can act on. `of`: what takes the input, such as the type of a workflow. */
export function describeProblems(problems: readonly InputProblem[], of?: string): string {
  const text = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return of === undefined ? text : `${of}: ${text}`;
}

/** As many as somebody reads, each short: an answer to a wrong input is not larger than a right one. */
const PROBLEMS_AT_MOST = 20;
const FIELD_LENGTH = 100;

export function problemsOf(error: z.ZodError): InputProblem[] {
  const problems = error.issues.flatMap(problemsOfIssue);
  const told = problems
    .slice(0, PROBLEMS_AT_MOST)
    .map(({ field, message }) => ({ field: field.slice(0, FIELD_LENGTH), message }));
  const left = problems.length - told.length;
  return left === 0 ? told : [...told, { field: 'input', message: `has ${left} more problems` }];
}

function problemsOfIssue(issue: z.core.$ZodIssue): InputProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...path, key].join('.'), message: 'unknown field' }));
  }
  const message = issue.code === 'invalid_type' && path.length === 0 ? 'takes one JSON object' : issue.message;
  return [{ field: path.join('.') || 'input', message }];
}
