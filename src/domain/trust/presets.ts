/** The platforms whose proof is known, one entry each. */
import type { Preset } from "./preset.ts";

export const PRESETS: readonly Preset[] = [];
