import { createRequire as createRequireForBundle } from "node:module";
const require = createRequireForBundle(import.meta.url);
const __filename = import.meta.filename, __dirname = import.meta.dirname;
import{a as n,b as s,c as r,e as a,f as c,g as i,h as d,i as u}from"./shared.mjs";await d(async()=>{let m=c(),{evidence:l,environment:w,...f}=i(),t=s("job-status"),e=Number(a("startedAt")),o=await u(m,{...f,kind:t==="success"?"success":"fail",durationMs:e>0?Date.now()-e:null,body:{message:t||"the runner did not say how the job ended",evidence:l,environment:w}});r(o),await n.addRaw(`Rollcall: ${o}`).addEOL().write()});
