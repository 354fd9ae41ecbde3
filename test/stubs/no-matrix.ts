/** For worlds in which no boundary is verified: whoever tries to is told. */
import type { Matrix } from "../../src/ports/verification.ts";

export const noMatrix: Matrix = {
  originOf: () => ({ problem: "nothing is verified here" }),
  run: () => Promise.reject(new Error("nothing is verified here")),
};
