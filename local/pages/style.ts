/** How the laptop's pages look: one sheet, light and dark, nothing fetched. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#ffffff, #14171a);
  --raised: light-dark(#f4f6f8, #1d2125);
  --line: light-dark(#d9dee3, #343a40);
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
h2 { font-size: 1.3rem; margin: 2.5rem 0 .5rem; text-transform: capitalize; }
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
.reference > nav ul { list-style: none; margin: 0 0 1rem; padding: 0; }
.reference > nav li a { display: block; padding: .1rem 0; text-decoration: none; }
.reference > nav strong { text-transform: capitalize; }
.reference > main { max-width: 60rem; padding: 2rem 2rem 8rem; min-width: 0; }
input[type="search"] {
  width: 100%; padding: .5rem; margin-bottom: 1rem; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--line); border-radius: 6px;
}
.operation { border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: 1rem 0; }
.method { color: var(--accent); font-weight: 700; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td {
  text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere;
}
[hidden] { display: none; }
@media (max-width: 50rem) {
  .reference { display: block; }
  .reference > nav { position: static; height: auto; border-right: 0; }
  .reference > main { padding: 1rem; }
}
`;
