/** `rollcall import instance <file>`: a whole instance from what `rollcall export` has written. */
import type { AddCommand } from "../command.ts";
import { serverCommand } from "../server-program.ts";

export const addInstance: AddCommand = (imports, surroundings, leave) => {
  serverCommand(
    imports,
    {
      words: ["import", "instance"],
      description: "make an empty data folder the instance that was exported",
    },
    { surroundings, leave },
  );
};
