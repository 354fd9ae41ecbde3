/** A platform's proof, known by name: what is filled in for whoever names the platform, and the hints it sends. */
import type { Contract } from "./contract.ts";

export interface Preset {
  /** `vercel`, `github_actions`, `standard_webhooks` … */
  name: string;
  title: string;
  /** All that the platform fixes; the rest is asked for (`audience`, `require`, `user` …) and empty here. */
  contract: Contract;
  /** Fields that must be given with it, as the API spells them. */
  asks: readonly string[];
  /**
   * Claims that say whose job it is: `require` must hold all of one of these lists, or every customer of the platform
   * is let in. Empty: the issuer is one's own.
   */
  pins: readonly (readonly string[])[];
  /** Headers that it sends and that prove nothing: they may label, never authorise. Lower case, with a likely value. */
  hints: Readonly<Record<string, string>>;
  /** The header that names the instant it was fired for, and how it is written; null: it sends none. */
  scheduledFor: { header: string; form: "rfc3339" | "s" | "ms" } | null;
  /** Whether its proof can be made by whoever holds the secrets; false: only the platform can (observed proof). */
  isMintable: boolean;
}
