/** `rollcall export [file]`: a whole instance as lines of JSON. */
import type { AddCommand } from "./command.ts";
import { serverCommand } from "./server-program.ts";

export const add: AddCommand = (program, surroundings, leave) => {
  serverCommand(
    program,
    {
      words: ["export"],
      description: "write all of the instance as lines of JSON, also while the server runs",
    },
    { surroundings, leave },
  );
};
