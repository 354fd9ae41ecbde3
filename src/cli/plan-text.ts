/** A configuration's plan as lines for a person: what is added, changed, put aside and removed, field by field. */
import type { ConfigurationPlanAnswer, ConfigurationStep } from "../client/client.ts";
import { coloured, plain, type Colour } from "./terminal.ts";

type Act = ConfigurationStep["act"];

const SIGNS: Readonly<Record<Act, { sign: string; colour: Colour }>> = {
  add: { sign: "+", colour: "green" },
  change: { sign: "~", colour: "yellow" },
  adopt: { sign: "~", colour: "yellow" },
  return: { sign: "~", colour: "yellow" },
  leave: { sign: "!", colour: "yellow" },
  remove: { sign: "-", colour: "red" },
};

export function planText(plan: ConfigurationPlanAnswer, { isColoured }: { isColoured: boolean }): string {
  const lines = plan.steps.flatMap((step) => {
    const { sign, colour } = SIGNS[step.act];
    const head = `${sign} ${step.what === "project" ? step.what : `${step.what} ${step.name}`}${remarkOn(step)}`;
    const changes = step.changes.map((change) => `    ${changeText(step.act, change)}`);
    return [coloured(plain(head), { colour, isColoured }), ...changes];
  });
  return [...lines, ...(lines.length > 0 ? [""] : []), summaryOf(plan)].join("\n");
}

function remarkOn({ act, what }: ConfigurationStep): string {
  switch (act) {
    case "adopt":
      return ": made by hand, from now on the file's";
    case "return":
      return ": it is back";
    case "leave":
      return `: not in the file any more, so it is ${what === "monitor" ? "paused" : "kept"} (--prune deletes it)`;
    case "remove":
      return ": deleted";
    case "add":
    case "change":
      return "";
  }
}

function changeText(act: Act, { field, from, to }: ConfigurationStep["changes"][number]): string {
  const shown = (value: unknown): string => (value === null ? "unset" : JSON.stringify(value));
  return plain(act === "add" ? `${field}: ${shown(to)}` : `${field}: ${shown(from)} → ${shown(to)}`);
}

/** `2 to add, 1 to change; 12 are as they should be` */
export function summaryOf({ steps, unchanged, kept }: ConfigurationPlanAnswer): string {
  const count = (...acts: Act[]): number => steps.filter(({ act }) => acts.includes(act)).length;
  const parts = [
    [count("add"), "to add"],
    [count("change", "adopt", "return"), "to change"],
    [count("leave"), "to put aside"],
    [count("remove"), "to delete"],
  ] as const;
  const todo = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  const names = kept.slice(0, NAMED).map(({ what, name }) => `${what} ${name}`);
  const more = kept.length > NAMED ? ` and ${kept.length - NAMED} more` : "";
  const left =
    kept.length === 0 ? "" : ` Gone from the file earlier and still there: ${names.join(", ")}${more}.`;
  const rest = unchanged === 1 ? "1 is as it should be" : `${unchanged} are as they should be`;
  return `${todo.length === 0 ? "Nothing to do" : todo.join(", ")}; ${rest}.${left}`;
}

const NAMED = 20;
