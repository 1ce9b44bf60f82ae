/** What is wrong with an input: each field, and what it takes. */
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
