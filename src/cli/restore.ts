/** `rollcall restore <backup>`: a backup in the place of an instance. */
import type { AddCommand } from "./command.ts";
import { serverCommand } from "./server-program.ts";

export const add: AddCommand = (program, surroundings, leave) => {
  serverCommand(
    program,
    {
      words: ["restore"],
      description: "put a backup in the place of an instance whose server is stopped",
    },
    { surroundings, leave },
  );
};
