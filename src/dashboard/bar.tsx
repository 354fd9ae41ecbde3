/** The bar at the top of every page of somebody who is signed in. */

export function Bar({ project }: { project: string }) {
  return (
    <header class="bar">
      <p class="brand">
        <a href="/">Rollcall</a> <span class="project">{project}</span>
      </p>
      <form method="post" action="/sign-out">
        <button type="submit" class="quiet">
          Sign out
        </button>
      </form>
    </header>
  );
}
