/** A client of the management API of Healthchecks, on a Rollcall with a virtual clock. */
import { expect } from "vitest";
import { createFace, type Answer, type Face } from "../face.ts";

interface More {
  body?: unknown;
  /** Null: none is sent. */
  key?: string | null;
  version?: number;
}

export interface HealthchecksClient {
  face: Face;
  /** With the admin key and version 3, where nothing else is said. */
  api(method: string, path: string, more?: More): Promise<Answer>;
  /** A check, made just now. */
  make(body?: object, version?: number): Promise<Answer["json"]>;
  /** Goes to an address that the API gave. */
  ping(url: string, init?: RequestInit): Promise<Response>;
}

export async function createHealthchecksClient(): Promise<HealthchecksClient> {
  const face = await createFace();
  const api = async (method: string, path: string, more: More = {}): Promise<Answer> => {
    const key = more.key === undefined ? face.keys.admin : more.key;
    const response = await face.app.request(`/api/v${more.version ?? 3}${path}`, {
      method,
      headers: key === null ? {} : { "x-api-key": key },
      body: more.body === undefined ? null : JSON.stringify(more.body),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type") === "application/json";
    return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : text };
  };
  return {
    face,
    api,
    async make(body = {}, version = 3) {
      const { status, json } = await api("POST", "/checks/", { body, version });
      expect([status, json.error]).toEqual([201, undefined]);
      return json;
    },
    ping: async (url, init = {}) => face.app.request(new URL(url).pathname + new URL(url).search, init),
  };
}
