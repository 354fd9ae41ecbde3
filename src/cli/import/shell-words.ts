/**
 * A shell command taken apart as far as an import needs it: its simple commands, their words without quotes, and
 * where the first one begins. It runs nothing and expands nothing.
 */

export interface SimpleCommand {
  /** Variables set for it alone: `A=b command`. */
  assignments: string[];
  /** Its words, redirections left out. */
  words: string[];
  /** Where its first word begins in the text. */
  at: number;
}

export interface ShellCommand {
  commands: SimpleCommand[];
  /** What stands between and around them: `&&`, `|`, `;`, `(` …, redirections left out. */
  operators: string[];
  /** Where a comment begins that takes the rest of the text; its length where there is none. */
  commentAt: number;
}

/** A redirection, with the number in front of it: `2>&1`, `>>`, `&>`, `<`. */
const REDIRECTION = /\d*(?:&>>|&>|<<<|<<-?|<>|>>|>&|<&|>\||>|<)/y;
const OPERATOR = /&&|\|\||;;|\|&|[;&|()\n]/y;
const ASSIGNMENT = /^[A-Za-z_]\w*=/;

export function readShell(text: string): ShellCommand {
  const commands: SimpleCommand[] = [];
  const operators: string[] = [];
  let current: SimpleCommand = { assignments: [], words: [], at: 0 };
  const end = (): void => {
    if (current.words.length + current.assignments.length > 0) commands.push(current);
    current = { assignments: [], words: [], at: 0 };
  };
  let isTarget = false;
  let commentAt = text.length;
  for (let at = 0; at < text.length;) {
    if (/[ \t]/.test(text[at] ?? "")) {
      at += 1;
      continue;
    }
    if (text[at] === "#") {
      commentAt = at;
      break;
    }
    const redirection = matchAt(REDIRECTION, text, at);
    if (redirection !== null) {
      isTarget = true;
      at += redirection.length;
      continue;
    }
    const operator = matchAt(OPERATOR, text, at);
    if (operator !== null) {
      end();
      operators.push(operator);
      at += operator.length;
      continue;
    }
    const word = readWord(text, at);
    if (isTarget) isTarget = false;
    else if (current.words.length === 0 && ASSIGNMENT.test(word.text)) current.assignments.push(word.text);
    else {
      if (current.words.length === 0) current.at = at;
      current.words.push(word.text);
    }
    at = word.end;
  }
  end();
  return { commands, operators, commentAt };
}

/** In single quotes, so that a shell hands it on as it is. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function readWord(text: string, from: number): { text: string; end: number } {
  let word = "";
  let at = from;
  while (at < text.length && !/[\s;&|()<>]/.test(text[at] ?? "")) {
    const character = text[at] ?? "";
    const closing =
      character === "'" || character === '"' || character === "`"
        ? closingQuote(text, at)
        : text.startsWith("$(", at)
          ? closingParenthesis(text, at + 1)
          : null;
    if (closing !== null) {
      word +=
        character === "'" || character === '"' ? text.slice(at + 1, closing) : text.slice(at, closing + 1);
      at = closing + 1;
    } else if (character === "\\" && at + 1 < text.length) {
      word += text[at + 1] ?? "";
      at += 2;
    } else {
      word += character;
      at += 1;
    }
  }
  return { text: word, end: Math.max(at, from + 1) };
}

/** The end of the text where it never closes. */
function closingQuote(text: string, opening: number): number {
  const quote = text[opening] ?? "";
  for (let at = opening + 1; at < text.length; at += 1) {
    if (quote !== "'" && text[at] === "\\") at += 1;
    else if (text[at] === quote) return at;
  }
  return text.length;
}

function closingParenthesis(text: string, opening: number): number {
  let depth = 0;
  for (let at = opening; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (character === "'" || character === '"') at = closingQuote(text, at);
    else if (character === "(") depth += 1;
    else if (character === ")" && --depth === 0) return at;
  }
  return text.length;
}
