/** Seeds in which Rollcall once broke a rule. They are played for ever, so that what was mended stays mended. */
export const FAILING_SEEDS: readonly number[] = [
  122, 230, 365, 520, 1004, 4021, 4036, 6034, 7062, 7090, 8057, 8102,
];
