/** Cron expressions by the thousand, from a seed: plain ones, rare ones, and ones that nobody should accept. */
import fc from "fast-check";

const plain = fc.constantFrom("*", "0", "1", "5", "12", "30", "*/5", "1-5", "0,30", "10-50/10", "7/9");
/** Days that seldom meet, and times that the clock leaves out: the longest searches. */
const rare = fc.constantFrom(
  "31",
  "30",
  "29",
  "*/31",
  "*/30",
  "*/29",
  "8-14",
  "2",
  "*/7",
  "*/12",
  "L",
  "31W",
  "1#5",
  "7#2",
  "5L",
);
const extended = fc.constantFrom(
  "?",
  "l",
  "LW",
  "15w",
  "fri",
  "MON#3",
  "friL",
  "jan",
  "DEC-feb",
  "sat-mon",
  "22-2",
  "59-0/7",
);
const fragment = fc.constantFrom(
  "0",
  "59",
  "60",
  "99999999999999999999",
  "*",
  "/",
  "-",
  ",",
  "L",
  "W",
  "#",
  "?",
  "MON",
  "H",
  "..",
  ":",
  "@",
  "é",
  "\u0000",
);
const broken = fc.array(fragment, { minLength: 1, maxLength: 12 }).map((fragments) => fragments.join(""));
const long = fc
  .constantFrom(",", "*/1,", "0-59/1,", "1#5,", "31W,", "5L,")
  .map((item) => item.repeat(30) + "1");

const field = fc.oneof(
  { weight: 10, arbitrary: plain },
  { weight: 6, arbitrary: rare },
  { weight: 3, arbitrary: extended },
  { weight: 1, arbitrary: broken },
  { weight: 1, arbitrary: long },
);
const time = fc.constantFrom("30 2", "0 0", "* 2", "30 1", "*/15 2", "0 3", "59 23", "* *", "15 2");
const rareDays = fc.tuple(time, rare, fc.constantFrom("*", "2", "3", "2,4", "10", "11"), rare);

/** Their time is left out every year, in New York, Berlin, Lord Howe, Cairo and Beirut: a search never comes to an end. */
const swallowed = fc.constantFrom(
  "30 2 * 3 0#2",
  "*/7 2 * 3 7L",
  "15 2 * 10 0#1",
  "30 0 * 4 5L",
  "30 0 * 3 0L",
);

export const oddExpression: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(field, { minLength: 4, maxLength: 7 }).map((fields) => fields.join(" ")),
  },
  { weight: 5, arbitrary: rareDays.map((fields) => fields.join(" ")) },
  { weight: 1, arbitrary: swallowed },
  { weight: 1, arbitrary: fc.string({ maxLength: 250 }) },
  { weight: 1, arbitrary: fc.constantFrom("", " ", "@", "@daily", "@reboot", "daily", "*-*-* 02:00", "\n") },
);
