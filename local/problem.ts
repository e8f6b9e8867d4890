/** What keeps the laptop cloud from starting, and what to do about it; for a person to read. */
export class StartProblem extends Error {}
