import { createRequire as createRequireForBundle } from "node:module";
const require = createRequireForBundle(import.meta.url);
const __filename = import.meta.filename, __dirname = import.meta.dirname;
import{d as t,e as o,g as e,h as n,i as r,j as a}from"./shared.mjs";await r(async()=>{o("startedAt",Date.now());let i=e(),{evidence:c,environment:s,...d}=n();t(await a(i,{...d,kind:"start",body:{evidence:c,environment:s}}))});
