/** Seeds that once broke a rule. They are played for ever, so that what was mended stays mended. */
export const FAILING_SEEDS: readonly number[] = [13, 42, 47, 55, 75];
