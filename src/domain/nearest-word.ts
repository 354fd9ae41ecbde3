/** "Did you mean …": the word of a list that was most likely meant by one that is not in it. */

/** Null when none is near. */
export function nearestWord(word: string, words: readonly string[]): string | null {
  const farthest = Math.max(1, Math.floor(word.length / 3));
  let nearest: string | null = null;
  let least = farthest + 1;
  for (const each of words) {
    if (Math.abs(each.length - word.length) >= least) continue;
    const edits = editsBetween(word.toLowerCase(), each);
    if (edits >= least) continue;
    nearest = each;
    least = edits;
  }
  return nearest;
}

/** Letters to add, leave out, replace or swap with their neighbour. */
function editsBetween(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_each, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + Number(!isSame),
          isSwapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length] ?? 0;
}
