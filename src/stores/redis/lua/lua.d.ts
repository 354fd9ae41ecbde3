/** Lua files are imported as their text. */
declare module "*.lua" {
  const source: string;
  export default source;
}
