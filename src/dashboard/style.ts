/** The one style sheet: light and dark by the reader's setting, from a phone to a wall. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --ink: #16191d; --soft: #59626e; --line: #d9dee5;
  --bad: #b3141f; --bad-ground: #fdeaea; --doubt: #8a5200; --doubt-ground: #fff4e0;
  --good: #146c3c; --good-ground: #e6f5ec; --link: #0b57c2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101317; --card: #191e24; --ink: #e8ebef; --soft: #a2acb8; --line: #313943;
    --bad: #ff8a8a; --bad-ground: #3a1518; --doubt: #ffc46b; --doubt-ground: #35270f;
    --good: #7ddba3; --good-ground: #12301f; --link: #8ab8ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main, .bar { max-width: 70rem; margin: 0 auto; padding: 0 1rem; }
main { padding-bottom: 3rem; }
.bar { display: flex; justify-content: space-between; align-items: center; padding-top: .75rem; padding-bottom: .75rem; }
.brand { margin: 0; font-weight: 700; }
.project, .name, .exact, .hint { color: var(--soft); font-weight: 400; }
.exact { font-size: .875em; white-space: nowrap; }
.name { display: block; font-size: .875rem; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 2rem 0 .75rem; font-size: 1.125rem; }
h3 { margin: 0; font-size: 1.125rem; line-height: 1.35; overflow-wrap: anywhere; }
p { margin: .5rem 0; }
.headline { border-left: .5rem solid; border-radius: .5rem; padding: 1rem 1.25rem; }
.headline p { margin: .25rem 0 0; color: var(--soft); font-size: .875rem; }
.headline .story { color: inherit; font-size: 1.05rem; font-weight: 600; overflow-wrap: anywhere; }
.headline.bad { background: var(--bad-ground); border-color: var(--bad); }
.headline.doubt { background: var(--doubt-ground); border-color: var(--doubt); }
.headline.good { background: var(--good-ground); border-color: var(--good); }
.headline.bad h1 { color: var(--bad); } .headline.doubt h1 { color: var(--doubt); } .headline.good h1 { color: var(--good); }
.incident { background: var(--card); border: 1px solid var(--line); border-left: .5rem solid var(--bad); border-radius: .5rem; padding: 1rem 1.25rem; margin: 0 0 .75rem; }
.incident.taken { border-left-color: var(--doubt); }
.since { font-weight: 600; }
.since time { color: var(--bad); } .taken .since time, .since time + time { color: inherit; }
.since .mark { text-transform: uppercase; font-size: .8rem; letter-spacing: .04em; }
summary { color: var(--soft); font-size: .875rem; cursor: pointer; }
a { color: var(--link); } .brand a { color: inherit; text-decoration: none; }
.facts { display: grid; grid-template-columns: 8rem 1fr; gap: .25rem 1rem; margin: .5rem 0 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
.figures { display: flex; flex-wrap: wrap; gap: .75rem; margin: 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem; }
.figures dt { font-size: .875rem; overflow-wrap: anywhere; } .figures dd { font-size: 1.25rem; font-weight: 600; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: 0; font-size: .875rem; white-space: pre-wrap; overflow-wrap: anywhere; }
dd ul { margin: 0; padding-left: 1.1rem; }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
th, td { text-align: left; vertical-align: top; padding: .6rem .75rem; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-size: .8rem; font-weight: 600; }
tbody th { font-weight: 600; overflow-wrap: anywhere; }
@media (min-width: 44.01rem) { .monitors .exact, .refusals .exact { display: block; } .refusals th, .refusals td { width: 20%; } }
.status { display: inline-block; white-space: nowrap; border-radius: 1rem; padding: .05rem .7rem; font-weight: 600; font-size: .9rem; border: 1px solid; }
.status.down { color: var(--bad); background: var(--bad-ground); }
.status.late, .status.unknown, .status.never_seen { color: var(--doubt); background: var(--doubt-ground); }
.status.up, .status.running { color: var(--good); background: var(--good-ground); }
.status.paused { color: var(--soft); }
.mark { white-space: nowrap; font-weight: 600; } .mark.bad { color: var(--bad); } .mark.doubt, .name.doubt { color: var(--doubt); } .mark.good { color: var(--good); }
.badge { display: inline-block; color: var(--doubt); background: var(--doubt-ground); border: 1px solid; border-radius: 1rem; padding: 0 .6rem; font-size: .8rem; font-weight: 600; white-space: nowrap; }
.depth-1 { padding-left: 2rem; } .depth-2 { padding-left: 3.25rem; } .depth-3 { padding-left: 4.5rem; } .depth-4 { padding-left: 5.75rem; }
.blind-spots, .warnings { padding-left: 1.1rem; } .warnings li { color: var(--doubt); }
h3.inbox { margin: 1.25rem 0 .75rem; font-size: 1rem; } .refusals td { overflow-wrap: anywhere; }
.sign-in { max-width: 26rem; padding-top: 12vh; }
form label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input { width: 100%; font: inherit; padding: .6rem .75rem; color: inherit; background: var(--card); border: 1px solid var(--soft); border-radius: .4rem; }
button { font: inherit; font-weight: 600; margin-top: .75rem; padding: .6rem 1.2rem; border: 1px solid var(--link); border-radius: .4rem; background: var(--link); color: var(--card); cursor: pointer; }
button.quiet { margin: 0; padding: .35rem .8rem; background: none; color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.refusal { background: var(--bad-ground); color: var(--bad); border-radius: .4rem; padding: .6rem .75rem; overflow-wrap: anywhere; }
@media (max-width: 44rem) {
  h1 { font-size: 1.4rem; }
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dt { margin-top: .5rem; font-size: .85rem; }
  .cards, .cards tbody, .cards tr, .cards td, .cards tbody th { display: block; }
  .cards { background: none; border: 0; }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards tr { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .75rem; padding: .5rem .25rem; }
  .cards td, .cards tbody th { border: 0; padding: .15rem .75rem; }
  .cards tr:has(.depth-1) { margin-left: 1rem; } .cards tr:has(.depth-2, .depth-3, .depth-4) { margin-left: 2rem; }
  .cards td[data-label]:not([data-label="Status"])::before { content: attr(data-label) ": "; color: var(--soft); }
}
`;
