/** A Rollcall on a virtual clock that is reached over real HTTP, so that it can be verified; and whether anything was written. */
import type { AddressInfo } from "node:net";
import { serve, type ServerType } from "@hono/node-server";
import { expect } from "vitest";
import { createFace, type Face } from "./face.ts";

export interface ServedFace {
  face: Face;
  url: string;
  /** A call, and its answer as JSON. */
  ask(path: string, init?: RequestInit): Promise<Asked>;
  /** Nothing that is kept differs after it. */
  writingNothing<Result>(act: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

interface Asked {
  status: number;
  headers: Headers;
  // The tests look into it as they please.
  json: ReturnType<typeof JSON.parse>;
}

export async function createServedFace(given: { oidcIssuers?: string[] } = {}): Promise<ServedFace> {
  let fetchFace: Face["app"]["fetch"] = () => new Response();
  const server = await new Promise<ServerType>((resolve) => {
    const started = serve(
      { fetch: (...called) => fetchFace(...called), port: 0, hostname: "127.0.0.1" },
      () => resolve(started),
    );
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const face = await createFace({ ...given, publicUrl: url, isLoopbackOpen: true });
  fetchFace = face.app.fetch;
  return {
    face,
    url,
    async ask(path, init = {}) {
      const response = await fetch(url + path, init);
      const text = await response.text();
      const { status, headers } = response;
      return { status, headers, json: text === "" ? null : JSON.parse(text) };
    },
    async writingNothing(act) {
      const before = await everythingIn(face);
      const result = await act();
      expect(await everythingIn(face)).toEqual(before);
      return result;
    },
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

async function everythingIn({ store }: Face): Promise<string[]> {
  const records: string[] = [];
  for await (const record of store.exportAll()) records.push(JSON.stringify(record));
  return records;
}
