import { createRequire as createRequireForBundle } from "node:module";
const require = createRequireForBundle(import.meta.url);
const __filename = import.meta.filename, __dirname = import.meta.dirname;
import{c as t,d as o,f as e,g as n,h as r,i as a}from"./shared.mjs";await r(async()=>{o("startedAt",Date.now());let i=e(),{evidence:c,environment:s,...d}=n();t(await a(i,{...d,kind:"start",body:{evidence:c,environment:s}}))});
