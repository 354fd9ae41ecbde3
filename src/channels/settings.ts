/** Reads one opened setting in the type that its schema promised: validation was done when it was saved. */
type Settings = Readonly<Record<string, unknown>>;

/** Null when it was left out or left empty. */
export function textSetting(settings: Settings, name: string): string | null {
  const value = settings[name];
  return typeof value === "string" && value !== "" ? value : null;
}

export function numberSetting(settings: Settings, name: string): number | null {
  const value = settings[name];
  return typeof value === "number" ? value : null;
}

export function listSetting(settings: Settings, name: string): readonly string[] {
  const value = settings[name];
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}
