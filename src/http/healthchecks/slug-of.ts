/** Slugs for monitors that were given a name only. */
import { slugProblem } from "../../domain/monitor-settings.ts";

/** Room for a number behind it. */
const LONGEST = 90;

/** The first try, and with a greater `ordinal` the next ones: `db-backup`, `db-backup-2`, `db-backup-3` … */
export function slugOf(name: string, ordinal: number): string {
  const plain = name
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_\s-]+/g, "")
    .replaceAll(/[\s-]+/g, "-")
    .replaceAll(/^[-_]+|[-_]+$/g, "")
    .slice(0, LONGEST);
  const slug = plain === "" ? "check" : slugProblem(plain) === null ? plain : `check-${plain}`;
  return ordinal === 1 ? slug : `${slug}-${ordinal}`;
}
