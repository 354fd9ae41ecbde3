/** Text from outside that is to stand in a sentence: without control characters, of bounded length, escaped by nobody. */

/**
 * Without what could move the reader's eye or a medium's parser: control characters (line breaks stay), and the marks
 * that turn the direction of writing around.
 */
export function cleanText(text: string, most: number): string {
  const plain = text
    .slice(0, 4 * most)
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(/(?!\n)[\p{Cc}\u200B\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu, " ")
    .trim();
  return plain.length > most ? `${plain.slice(0, most - 1)}…` : plain;
}

/** One line of bounded length: what a title, a subject or a list entry can hold. */
export function oneLine(text: string, most: number): string {
  return shortened(
    cleanText(text, most * 2)
      .replace(/\s+/g, " ")
      .trim(),
    most,
  );
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
}
