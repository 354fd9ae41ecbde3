/** The rules of this house that no linter knows, as a plug-in of the linter: seen in the editor and in `npm run check`. */
import { imports } from "./imports.ts";
import { noSilentSkip, noSleeping, noSwitchingOff, numberedTodo } from "./promises.ts";
import { functionLength, openingComment, plainNames } from "./shape.ts";
import { world } from "./world.ts";

export default {
  meta: { name: "rollcall" },
  rules: {
    imports,
    world,
    "opening-comment": openingComment,
    "function-length": functionLength,
    "plain-names": plainNames,
    "numbered-todo": numberedTodo,
    "no-switching-off": noSwitchingOff,
    "no-silent-skip": noSilentSkip,
    "no-sleeping": noSleeping,
  },
};
