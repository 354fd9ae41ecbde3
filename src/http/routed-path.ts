/**
 * Where a request is routed: as its address says, except that a check-in at the root goes where its dialect is
 * mounted. Routes of their own for such addresses would cost every other request the fast router.
 */
import { getPath } from "hono/utils/url";
import type { Dialect } from "../ports/dialect.ts";

export function routedPath(dialects: readonly Dialect[]): (request: Request) => string {
  const atRoot = dialects.flatMap(({ rootPaths, prefixes: [prefix] }) =>
    rootPaths === null || prefix === undefined ? [] : [{ rootPaths, prefix }],
  );
  return (request) => {
    const path = getPath(request);
    const found = atRoot.find(({ rootPaths }) => rootPaths.test(path));
    return found === undefined ? path : `${found.prefix}${path}`;
  };
}
