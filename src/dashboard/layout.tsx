/** What every page is wrapped in. Text is escaped by the JSX renderer; no page holds a script. */
import type { Child } from "hono/jsx";

export function Layout(page: { title: string; isRefreshed?: boolean; children?: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        {page.isRefreshed === true ? <meta http-equiv="refresh" content="30" /> : null}
        <title>{page.title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/rollcall.css" />
      </head>
      <body>{page.children}</body>
    </html>
  );
}

/** A whole document; browsers read pages without this line in the manner of 1998. */
export function documentOf(page: { toString(): string }): string {
  return `<!doctype html>${page.toString()}`;
}
