/** Text for people at a terminal: tables, colours where they are wanted, and nothing from outside that could steer it. */
export type Colour = "red" | "green" | "yellow" | "dim";

export interface Terminal {
  /** Each writes one line (or several) and its end. */
  say(text: string): void;
  warn(text: string): void;
  /** Somebody's answer to a question, at a terminal; null where there is none, or nobody answers. */
  ask(question: string): Promise<string | null>;
  isColoured: boolean;
}

export interface Cell {
  text: string;
  colour?: Colour;
}

const CODES: Readonly<Record<Colour, string>> = { red: "31", green: "32", yellow: "33", dim: "2" };

export function openTerminal({ isColourUnwanted }: { isColourUnwanted: boolean }): Terminal {
  return {
    say: (text) => void process.stdout.write(`${text}\n`),
    warn: (text) => void process.stderr.write(`${text}\n`),
    ask: (question) =>
      process.stdin.isTTY && process.stdout.isTTY ? asked(question) : Promise.resolve(null),
    isColoured: process.stdout.isTTY && !isColourUnwanted,
  };
}

async function asked(question: string): Promise<string | null> {
  // Loaded only here: the program starts in front of every wrapped job.
  const { createInterface } = await import("node:readline");
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  return new Promise((resolve) => {
    reader.once("close", () => resolve(null));
    reader.question(question, (answer) => {
      resolve(answer);
      reader.close();
    });
  });
}

/** Columns as wide as their widest cell; the last one is not padded. */
export function table(rows: readonly (readonly Cell[])[], { isColoured }: { isColoured: boolean }): string {
  const shown = rows.map((row) => row.map((cell) => ({ ...cell, text: plain(cell.text) })));
  const widths: number[] = [];
  for (const row of shown) {
    for (const [column, { text }] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(text));
    }
  }
  return shown
    .map((row) =>
      row
        .map(({ text, colour }, column) => {
          const padding = column === row.length - 1 ? "" : " ".repeat((widths[column] ?? 0) - widthOf(text));
          return coloured(text, { colour, isColoured }) + padding;
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function coloured(text: string, how: { colour: Colour | undefined; isColoured: boolean }): string {
  if (!how.isColoured || how.colour === undefined) return text;
  return `\u001b[${CODES[how.colour]}m${text}\u001b[0m`;
}

/** On one line, without the control characters by which text can move the cursor or turn its direction round. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, " ");
}

function widthOf(text: string): number {
  return Array.from(text).length;
}
