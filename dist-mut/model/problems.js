/** One line that an operator can act on. `of`: what takes the input, such as the type of a workflow. */
export function describeProblems(problems, of) {
    const text = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
    return of === undefined ? text : `${of}: ${text}`;
}
//# sourceMappingURL=problems.js.map