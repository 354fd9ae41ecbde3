/** Seeds that once broke a rule. They are played for ever, so that what was mended stays mended. */
export const FAILING_SEEDS: readonly number[] = [
  6, 13, 1004, 1005, 2006, 2010, 2015, 4006, 4015, 4021, 4034, 4035, 4036, 4038,
];
