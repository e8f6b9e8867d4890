/** How the laptop's pages look: one sheet, light and dark, nothing fetched. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#ffffff, #14171a);
  --raised: light-dark(#f4f6f8, #1d2125);
  --line: light-dark(#d9dee3, #343a40);
  --edge: light-dark(#8a949e, #6b757f);
  --ink: light-dark(#1c2126, #e8ebee);
  --faint: light-dark(#58636d, #a3adb6);
  --accent: light-dark(#0b66c3, #6cb6ff);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif;
}
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .5rem; }
.reference h2::first-letter, nav strong::first-letter { text-transform: uppercase; }
h3 { font-size: 1rem; margin: 0; }
h4 { font-size: .9rem; margin: 1rem 0 .25rem; }
code, pre { font: .86em/1.5 ui-monospace, monospace; }
pre {
  background: var(--raised); border: 1px solid var(--line); border-radius: 6px;
  padding: .75rem; margin: .25rem 0; overflow-x: auto; white-space: pre-wrap;
  overflow-wrap: anywhere;
}
.faint { color: var(--faint); }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem; }
.page { max-width: 56rem; margin: 0 auto; padding: 2rem 1rem 6rem; }
.reference { display: grid; grid-template-columns: 18rem minmax(0, 1fr); }
.reference > nav {
  position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1rem;
  border-right: 1px solid var(--line); background: var(--raised);
}
.reference > nav ul { list-style: none; margin: 0; padding: 0; }
.reference > nav li a {
  display: block; padding: .2rem .5rem; margin: 0 -.5rem; color: inherit; text-decoration: none;
  border-radius: 6px;
}
.reference > nav li a:hover { background: var(--line); }
.reference > main > p, .reference section > p, article > p { max-width: 46rem; }
.reference > nav { font-size: .9rem; line-height: 1.4; }
.reference > nav strong { display: block; margin: 1.2rem 0 .2rem; }
.reference > nav > p:first-child { margin: 0 0 .8rem; }
.reference > nav label {
  display: flex; justify-content: space-between; align-items: center; margin-bottom: .3rem;
  font-weight: 600;
}
kbd {
  padding: 0 .4rem; font: .8rem ui-monospace, monospace; border: 1px solid var(--edge);
  border-radius: 4px;
}
.cards {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem;
  margin: 1.5rem 0; padding: 0; list-style: none;
}
.cards a {
  display: block; height: 100%; padding: 1rem; color: inherit; text-decoration: none;
  background: var(--raised); border: 1px solid var(--line); border-radius: 10px;
}
.cards a:hover { border-color: var(--accent); }
.cards strong { display: block; color: var(--accent); }
.cards span { font-size: .9rem; color: var(--faint); }
.steps { padding-left: 1.3rem; }
.steps li { margin-bottom: 1rem; }
.steps li::marker { color: var(--faint); font-weight: 600; }
.reference > main { max-width: 60rem; padding: 2rem 2rem 8rem; min-width: 0; }
input[type="search"] {
  width: 100%; padding: .5rem; margin: 0; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--edge); border-radius: 6px;
}
.operation {
  margin: 1rem 0; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: 10px;
}
.operation h3 a { color: inherit; text-decoration: none; }
.operation h3 a:hover code { text-decoration: underline; }
.operation h3 code { font-size: .95rem; }
.method {
  display: inline-block; margin-right: .4rem; padding: 0 .5rem; font-size: .8rem; font-weight: 700;
  line-height: 1.6; color: var(--paper); background: var(--accent); border-radius: 5px;
}
summary { cursor: pointer; padding: .2rem 0; }
.reference table { table-layout: fixed; min-width: 34rem; }
.reference th:nth-child(1) { width: 36%; }
.reference th:nth-child(2) { width: 19%; }
.reference th:nth-child(3) { width: 5.5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td {
  text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere;
}
[hidden] { display: none !important; }
@media (max-width: 50rem) {
  .reference { display: block; }
  .reference > nav { position: static; height: auto; border-right: 0; }
  .reference > main { padding: 1rem; }
}
`;
