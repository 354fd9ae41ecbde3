/** What whoever runs this Rollcall should know of it: what keeps it from its work, and what it may lose. */

export function Condition({ sentences }: { sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <section aria-labelledby="condition">
      <h2 id="condition">This Rollcall</h2>
      <ul class="warnings">
        {sentences.map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
    </section>
  );
}
