/** Makes the proof that a contract asks for, where its secret is known: for verifying boundaries, and for tests. */
import type { NamedContract } from "../domain/trust/contract.ts";

/** Headers that prove the call; null where only the platform can make them (OIDC). */
export async function mintProof(
  _named: NamedContract,
  _call: {
    method: string;
    url: string;
    body: Uint8Array;
    at: number;
    /** Names this one message. */
    id: string;
  },
): Promise<Readonly<Record<string, string>> | null> {
  return Promise.reject(new Error("not built yet"));
}
